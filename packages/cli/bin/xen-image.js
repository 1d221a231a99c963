#!/usr/bin/env node
// Written for any Node, so that one that is too old says so instead of failing over syntax.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `xen-image: error [NODE_TOO_OLD]: this is Node ${process.versions.node}; 20.19 or newer is needed\n` +
      '  hint: the README says how a dom0 with an older Node gets one\n',
  );
  process.exitCode = 1;
} else {
  // Node 22 and newer keep compiled code between runs.
  if (typeof module.enableCompileCache === 'function') module.enableCompileCache();
  const bundle = new URL('../dist/bundle/main.js', import.meta.url);
  const { start } = await import(existsSync(bundle) ? bundle.href : '../dist/main.js');
  await start();
}
