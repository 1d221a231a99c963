import { expect, it } from '@jest/globals';
import { describeWithFfiNapi } from './support/built.js';
import { runApart } from './support/bundle.js';

const LOADED = `
  const { readFileSync } = await import('node:fs');
  const addons = () => [...new Set(readFileSync('/proc/self/maps', 'utf8').match(/[^/\\s]+\\.node$/gm) ?? [])].sort();
`;

describeWithFfiNapi('loading', () => {
  it('loads nothing native before openForeign is called, and then the one that was asked for', () => {
    const lines = runApart(`${LOADED}
      const { openForeign } = await import('./ffi.mjs');
      console.log(JSON.stringify(addons()));
      await openForeign({ backend: 'koffi' });
      console.log(JSON.stringify(addons().map((name) => name.includes('koffi'))));
      await openForeign({ backend: 'ffi-napi' });
      console.log(addons().length);
    `).split('\n');
    expect(lines[0]).toBe('[]');
    expect(lines[1]).toBe('[true]');
    expect(Number(lines[2])).toBeGreaterThan(1);
  }, 60_000);

  it('opens koffi in a worker thread, and refuses ffi-napi there', () => {
    const output = runApart(`
      const { Worker } = await import('node:worker_threads');
      const worker = new Worker(\`
        const { openForeign, signature } = await import('./ffi.mjs');
        const koffi = await openForeign({ backend: 'koffi' });
        const getpid = koffi.open(['libc.so.6']).bind(signature('getpid', 'int', []));
        const refused = await openForeign({ backend: 'ffi-napi' }).catch((error) => error.code);
        const { parentPort } = await import('node:worker_threads');
        parentPort.postMessage([(await getpid.callAsync()).result, refused]);
      \`.replaceAll('./ffi.mjs', new URL('file://' + process.cwd() + '/ffi.mjs').href), { eval: true });
      worker.on('error', (error) => { console.log(error); });
      worker.on('message', ([pid, refused]) => { console.log(pid === process.pid, refused); });
      worker.on('exit', (code) => { console.log('exit', code); });
    `);
    expect(output).toBe('true FFI_NOT_IN_WORKER\nexit 0\n');
  }, 60_000);
});
