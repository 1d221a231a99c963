#!/usr/bin/env node
// Written for any Node, so that one that is too old says so instead of failing over syntax.
import { existsSync } from 'node:fs';
import module from 'node:module';

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
  // Node 22 and newer keep compiled code between runs.
  if (typeof module.enableCompileCache === 'function') module.enableCompileCache();
  const bundle = new URL('../dist/bundle/main.js', import.meta.url);
  const { start } = await import(existsSync(bundle) ? bundle.href : '../dist/main.js');
  await start();
}
