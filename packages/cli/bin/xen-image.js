#!/usr/bin/env node
// Written for any Node, so that one that is too old says so instead of failing over syntax.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  const code = 'NODE_TOO_OLD';
  const message = `this is Node ${process.versions.node}; 20.19 or newer is needed`;
  const hint = 'The README says how a dom0 with an older Node gets one.';
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ command: null, error: { code, message, hint } }, null, 2)}\n`);
  } else process.stderr.write(`xen-image: error [${code}]: ${message}\n  hint: ${hint}\n`);
  process.exitCode = 1;
} else {
  const bundle = join(__dirname, '../dist/bundle');
  if (existsSync(join(bundle, 'start.cjs'))) require('../dist/bundle/start.cjs').start(bundle);
  else import('../dist/main.js').then(({ start }) => start());
}
