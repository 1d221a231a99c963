import { describe, expect, it } from '@jest/globals';
import { runApart } from './support/bundle.js';

const WATCH = `
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--expose-gc');
  const gc = (await import('node:vm')).runInNewContext('gc');
  const { writeSync } = await import('node:fs');
  const { openForeign, signature } = await import('./ffi.mjs');
  const koffi = await openForeign({ backend: 'koffi' });
  const fds = Buffer.alloc(8);
  koffi.open(['libc.so.6']).bind(signature('pipe', 'int', ['pointer'])).call(fds);
  const [readEnd, writeEnd] = [fds.readInt32LE(0), fds.readInt32LE(4)];
`;

describe('a watched descriptor', () => {
  it('stays watched when nobody keeps the watch', () => {
    const output = runApart(`${WATCH}
      (() => { koffi.watchReadable(readEnd, () => { console.log('told'); process.exit(0); }); })();
      for (let n = 0; n < 5; n++) { await new Promise((resolve) => setTimeout(resolve, 5)); gc(); }
      writeSync(writeEnd, 'x');
      setTimeout(() => { console.log('never told'); process.exit(1); }, 20_000);
    `);
    expect(output).toBe('told\n');
  }, 60_000);

  it('keeps the process alive, unless asked not to', () => {
    const output = runApart(`${WATCH}
      koffi.watchReadable(readEnd, () => {}, { ref: false });
      process.on('exit', () => { console.log('ended'); });
    `);
    expect(output).toBe('ended\n');
    const alive = runApart(`${WATCH}
      const watch = koffi.watchReadable(readEnd, () => { console.log('told'); watch.stop(); });
      setTimeout(() => { writeSync(writeEnd, 'x'); }, 50).unref();
    `);
    expect(alive).toBe('told\n');
  }, 60_000);

  it('is not to be had in a worker thread, whose end would take the process with it', () => {
    const output = runApart(`
      const { Worker } = await import('node:worker_threads');
      const { pathToFileURL } = await import('node:url');
      const ffi = JSON.stringify(pathToFileURL('ffi.mjs').href);
      new Worker('import(' + ffi + ').then(async ({ openForeign }) => { ' +
        'const { supports, watchReadable } = await openForeign({ backend: "koffi" }); ' +
        'console.log(supports.fdWatch, watchReadable); })', { eval: true });
    `);
    expect(output).toBe('false undefined\n');
  }, 60_000);
});
