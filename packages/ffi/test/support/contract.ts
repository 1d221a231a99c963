import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pipeSync } from './pipe.js';
import { compileLibrary, type CompiledLibrary } from './compile.js';
import { signature, type ForeignBackend, type ForeignLibrary } from '../../src/index.js';

const SPECIMEN = new URL('./specimen.c', import.meta.url).pathname;
const ENOMEM = 12;
const EPERM = 1;

/** What an implementation must declare; the suite reads nothing else to choose its tests. */
export type Manifest = ForeignBackend['supports'];

/**
 * The contract of an implementation of foreign calls.
 * @param supports - the manifest that the implementation is expected to have
 * @param open - opens it
 */
export function describeForeignBackend(supports: Manifest, open: () => Promise<ForeignBackend>): void {
  let compiled: CompiledLibrary;
  let backend: ForeignBackend;
  let library: ForeignLibrary;

  beforeAll(async () => {
    compiled = compileLibrary([SPECIMEN]);
    backend = await open();
    library = backend.open([compiled.path]);
  });
  afterAll(() => {
    compiled.remove();
  });

  it('declares the manifest that its tests were chosen by', () => {
    expect(backend.supports).toEqual(supports);
  });

  describe('libraries and symbols', () => {
    it('loads the first name that can be loaded', () => {
      const found = backend.open(['libno-such-thing.so.1', compiled.path]);
      expect(found.name).toBe(compiled.path);
      expect(found.has('echo_int')).toBe(true);
      expect(found.has('no_such_function')).toBe(false);
    });

    it('says of each name why it could not be loaded', () => {
      expect(() => backend.open(['libno-such-thing.so.1', '/nowhere/libneither.so'])).toThrow(
        expect.objectContaining({
          code: 'LIBRARY_NOT_FOUND',
          said: [expect.stringContaining('libno-such-thing.so.1'), expect.stringContaining('/nowhere/libneither.so')],
        }),
      );
    });

    it('names the symbol and the library when a function is missing', () => {
      expect(() => library.bind(signature('no_such_function', 'int', []))).toThrow(
        expect.objectContaining({
          code: 'SYMBOL_NOT_FOUND',
          message: expect.stringContaining('no_such_function'),
          data: { library: compiled.path, symbol: 'no_such_function' },
        }),
      );
      expect(() => library.address('no_such_variable')).toThrow(expect.objectContaining({ code: 'SYMBOL_NOT_FOUND' }));
    });

    it('gives the address of a variable', () => {
      library.bind(signature('bump', 'void', [])).call();
      const counter = backend.memory.read(library.address('counter'), 4).readInt32LE();
      expect(counter).toBe(library.bind(signature('counted', 'int', [])).call().result);
      expect(counter).toBeGreaterThan(0);
    });
  });

  describe('integers', () => {
    const narrow: readonly [name: string, type: 'uint8' | 'int16' | 'uint16' | 'int' | 'uint32', values: number[]][] = [
      ['echo_u8', 'uint8', [0, 1, 255]],
      ['echo_i16', 'int16', [-32768, -1, 32767]],
      ['echo_u16', 'uint16', [0, 65535]],
      ['echo_int', 'int', [-2147483648, -1, 0, 2147483647]],
      ['echo_u32', 'uint32', [0, 2147483648, 4294967295]],
    ];

    it.each([...narrow])('%s takes and returns every value of %s', (name, type, values) => {
      const echo = library.bind(signature(name, type, [type]));
      for (const value of values) expect(echo.call(value).result).toBe(value);
    });

    it.each([...narrow])('%s refuses what is not within %s', (name, type, values) => {
      const echo = library.bind(signature(name, type, [type]));
      const last = Math.max(...values);
      expect(() => echo.call(last + 1)).toThrow(RangeError);
      expect(() => echo.call(Math.min(...values) - 1)).toThrow(RangeError);
      expect(() => echo.call(1.5)).toThrow(TypeError);
      expect(() => echo.call(Number.NaN)).toThrow(TypeError);
      expect(() => echo.call(1n as never)).toThrow(TypeError);
    });

    it('takes booleans', () => {
      const negate = library.bind(signature('negate', 'bool', ['bool']));
      expect(negate.call(true).result).toBe(false);
      expect(negate.call(false).result).toBe(true);
      expect(() => negate.call(1 as never)).toThrow(TypeError);
    });

    it('refuses a wrong number of arguments before it calls', () => {
      const echo = library.bind(signature('echo_int', 'int', ['int'])) as unknown as { call(...a: unknown[]): unknown };
      expect(() => echo.call()).toThrow(TypeError);
      expect(() => echo.call(1, 2)).toThrow(TypeError);
    });

    if (supports.bigint) {
      const wide: [
        name: string,
        type: 'int64' | 'uint64' | 'long' | 'ulong' | 'size_t',
        values: [bigint, ...bigint[]],
      ][] = [
        ['echo_i64', 'int64', [-(1n << 63n), -1n, 0n, (1n << 63n) - 1n]],
        ['echo_long', 'long', [-(1n << 63n), -1n, (1n << 63n) - 1n]],
        ['echo_u64', 'uint64', [0n, 1n << 63n, (1n << 64n) - 1n]],
        ['echo_ulong', 'ulong', [0n, (1n << 53n) + 1n, (1n << 64n) - 1n]],
        ['echo_size', 'size_t', [0n, (1n << 64n) - 1n]],
      ];

      it.each(wide)('%s takes and returns every value of %s, always as bigint', (name, type, values) => {
        const echo = library.bind(signature(name, type, [type]));
        for (const value of values) expect(echo.call(value).result).toBe(value);
        expect(echo.call(7).result).toBe(7n);
        expect(() => echo.call((values.at(-1) ?? 0n) + 1n)).toThrow(RangeError);
        expect(() => echo.call(values[0] - 1n)).toThrow(RangeError);
        expect(() => echo.call(2 ** 53)).toThrow(TypeError);
      });

      it('passes ten arguments of many widths, on the same thread and on another', async () => {
        const mix = library.bind(
          signature('mix', 'uint64', [
            ...['uint8', 'int', 'uint64', 'bool', 'int16'],
            ...['uint32', 'uint64', 'uint8', 'int64', 'uint16'],
          ] as const),
        );
        const args = [200, -3, 1n << 60n, true, -9, 4_000_000_000, 123n, 250, -5n, 65_535] as const;
        const expected = BigInt.asUintN(
          64,
          200n -
            9n +
            (5n << 60n) +
            7n -
            99n +
            BigInt.asUintN(32, 4_000_000_000n * 13n) +
            123n * 17n +
            250n * 19n -
            115n +
            65_535n * 29n,
        );
        expect(mix.call(...args).result).toBe(expected);
        expect((await mix.callAsync(...args)).result).toBe(expected);
      });
    }
  });

  describe('strings', () => {
    it('passes a string with its UTF-8 bytes, and null as NULL', () => {
      const lengthOf = library.bind(signature('length_of', 'size_t', ['string']));
      expect(lengthOf.call('größer').result).toBe(8n);
      expect(lengthOf.call('').result).toBe(0n);
      expect(lengthOf.call(null).result).toBe(0xffff_ffff_ffff_ffffn);
    });

    it('refuses a string that C would cut short', () => {
      const lengthOf = library.bind(signature('length_of', 'size_t', ['string']));
      expect(() => lengthOf.call('root\0kit')).toThrow(TypeError);
    });

    it('returns a string, and NULL as null', () => {
      const wordFor = library.bind(signature('word_for', 'string', ['int']));
      expect([0, 1, 2].map((n) => wordFor.call(n).result)).toEqual([null, 'one', 'größer']);
    });
  });

  describe('pointers, Buffers and out-parameters', () => {
    it('passes an address through whole, and null as NULL', () => {
      const echo = library.bind(signature('echo_pointer', 'pointer', ['pointer']));
      expect(echo.call(0xffff_8000_0000_0001n).result).toBe(0xffff_8000_0000_0001n);
      expect(echo.call(null).result).toBe(0n);
      const buffer = Buffer.alloc(16);
      expect(echo.call(buffer).result).toBe(backend.memory.addressOf(buffer));
      expect(() => echo.call(12 as never)).toThrow(TypeError);
    });

    it('lets C write into Buffers', () => {
      const small = Buffer.alloc(4);
      const large = Buffer.alloc(8);
      library.bind(signature('out_parameters', 'int', ['pointer', 'pointer'])).call(small, large);
      expect(small.readUInt32LE()).toBe(0xdeadbeef);
      expect(large.readBigUInt64LE()).toBe(0xfedc_ba98_7654_3210n);
    });

    it('lets C change a struct in place', async () => {
      const shift = library.bind(signature('shift_point', 'int', ['pointer', 'int']));
      const point = Buffer.alloc(24);
      point.writeBigUInt64LE(40n, 8);
      point.writeUInt32LE(40, 16);
      expect(shift.call(point, 2).result).toBe(24);
      await shift.callAsync(point, 10);
      expect([point.readUInt8(0), point.readBigUInt64LE(8), point.readUInt32LE(16)]).toEqual([2, 52n, 28]);
    });

    it('keeps Buffers and strings that only the call knows until it is over', async () => {
      const sumSlowly = library.bind(signature('sum_slowly', 'uint32', ['pointer', 'size_t', 'uint32']));
      const calls = Array.from({ length: 8 }, (_, n) => sumSlowly.callAsync(Buffer.alloc(4096, n + 1), 4096, 20));
      churnMemory();
      const sums = (await Promise.all(calls)).map((outcome) => outcome.result);
      expect(sums).toEqual(Array.from({ length: 8 }, (_, n) => 4096 * (n + 1)));
    });

    it('reads and writes memory that C owns', () => {
      const malloc = library.bind(signature('malloc', 'pointer', ['size_t']));
      const free = library.bind(signature('free', 'void', ['pointer']));
      const address = malloc.call(32).result;
      backend.memory.write(address, Buffer.from('domain\0builder', 'utf8'));
      expect(backend.memory.read(address, 14).toString('latin1')).toBe('domain\0builder');
      expect(backend.memory.readString(address)).toBe('domain');
      expect(backend.memory.readString(address, 3)).toBe('dom');
      free.call(address);
    });

    it('refuses to read and to write at NULL', () => {
      expect(() => backend.memory.read(0n, 1)).toThrow(TypeError);
      expect(() => backend.memory.readString(0n)).toThrow(TypeError);
      expect(() => {
        backend.memory.write(0n, Buffer.alloc(1));
      }).toThrow(TypeError);
    });
  });

  describe('errno', () => {
    it('is that of the call', () => {
      const failWith = library.bind(signature('fail_with', 'int', ['int']));
      expect(failWith.call(ENOMEM)).toEqual({ result: -1, errno: ENOMEM });
      expect(failWith.call(EPERM)).toEqual({ result: -1, errno: EPERM });
    });

    if (supports.asyncErrno) {
      it('is that of each of several calls under way at once', async () => {
        const failLater = library.bind(signature('fail_later', 'int', ['int', 'uint32']));
        const numbers = [1, 12, 16, 22, 95, 110];
        const outcomes = await Promise.all(numbers.map((n, index) => failLater.callAsync(n, 30 - index * 5)));
        expect(outcomes).toEqual(numbers.map((errno) => ({ result: -1, errno })));
      });
    } else {
      it('is undefined after a call on another thread', async () => {
        const failLater = library.bind(signature('fail_later', 'int', ['int', 'uint32']));
        expect(await failLater.callAsync(ENOMEM, 1)).toEqual({ result: -1, errno: undefined });
      });
    }
  });

  describe('asynchronous calls', () => {
    it('leave the event loop turning', async () => {
      const poll = backend.open(['libc.so.6']).bind(signature('poll', 'int', ['pointer', 'ulong', 'int']));
      const pipe = pipeSync(backend);
      const POLLIN = 1;
      const descriptor = Buffer.alloc(8);
      descriptor.writeInt32LE(pipe.readEnd, 0);
      descriptor.writeInt16LE(POLLIN, 4);
      // It ends by what the event loop does, or finds nothing when its time is over.
      const polled = poll.callAsync(descriptor, 1, 10_000);
      setTimeout(() => {
        pipe.write('x');
      }, 20);
      expect((await polled).result).toBe(1);
      pipe.close();
    });

    it('wait for a place instead of failing, however many there are', async () => {
      const nap = library.bind(signature('nap', 'int', ['uint32']));
      const mostAtOnce = library.bind(signature('most_at_once', 'int', []));
      mostAtOnce.call();
      const outcomes = await Promise.all(Array.from({ length: 1000 }, () => nap.callAsync(0)));
      expect(outcomes.every((outcome) => outcome.result === 0)).toBe(true);
      const most = mostAtOnce.call().result;
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(backend.maxInFlight);
    });

    it('reject for arguments that do not fit, and go on after that', async () => {
      const nap = library.bind(signature('nap', 'int', ['uint32']));
      for (let n = 0; n < backend.maxInFlight + 1; n++) await expect(nap.callAsync(-1)).rejects.toThrow(RangeError);
      expect((await nap.callAsync(0)).result).toBe(0);
    });
  });

  if (supports.callbacks) {
    describe('callbacks', () => {
      const prototype = { result: 'int', args: ['int', 'uint64', 'string', 'uint32', 'bool', 'pointer'] } as const;

      it('are called by C on the same thread', () => {
        const seen: unknown[] = [];
        const callback = backend.callback(prototype, (...args) => {
          seen.push(args);
          return 41;
        });
        const callBack = library.bind(signature('call_back', 'int', ['pointer', 'int']));
        expect(callBack.call(callback.address, -5).result).toBe(42);
        callback.release();
        callback.release();
        expect(seen).toEqual([[-5, 1n << 63n, 'said', 0xffff_fffe, true, 0xffff_8000_0000_0001n]]);
      });

      it('are called by C from another thread', async () => {
        const callback = backend.callback(prototype, (n) => n * 2);
        const callBack = library.bind(signature('call_back', 'int', ['pointer', 'int']));
        expect((await callBack.callAsync(callback.address, 8)).result).toBe(17);
        callback.release();
      });

      it('cannot return a string, which nobody would own', () => {
        expect(() => backend.callback({ result: 'string', args: [] }, () => 'x')).toThrow(TypeError);
      });

      it('serve a logger of the shape of xentoollog, va_list included', async () => {
        const vsnprintf = library.bind(signature('vsnprintf', 'int', ['pointer', 'size_t', 'pointer', 'pointer']));
        const lines: unknown[] = [];
        let destroyed = 0;
        const vmessage = backend.callback(
          { result: 'void', args: ['pointer', 'int', 'int', 'string', 'pointer', 'pointer'] },
          (_logger, level, errno, context, format, list) => {
            const text = Buffer.alloc(256);
            const length = vsnprintf.call(text, text.length, format, list).result;
            lines.push([level, errno, context, text.toString('utf8', 0, length)]);
            return undefined;
          },
        );
        const progress = backend.callback(
          { result: 'void', args: ['pointer', 'string', 'string', 'int', 'ulong', 'ulong'] },
          (_logger, context, doing, percent, done, total) => {
            lines.push([context, doing, percent, done, total]);
            return undefined;
          },
        );
        const destroy = backend.callback({ result: 'void', args: ['pointer'] }, () => {
          destroyed += 1;
          return undefined;
        });
        const logger = Buffer.alloc(24);
        [vmessage, progress, destroy].forEach((callback, index) => {
          logger.writeBigUInt64LE(callback.address, index * 8);
        });
        const build = library.bind(signature('build_something', 'int', ['pointer', 'string']));
        const expected = [
          [7, -1, 'xc', 'building guest, step 1 of 2'],
          ['xc', 'building', 50, 1n, 2n],
          [9, ENOMEM, 'xc', 'panic: guest has no memory'],
        ];
        expect(build.call(logger, 'guest').result).toBe(-1);
        expect(lines.splice(0)).toEqual(expected);
        expect((await build.callAsync(logger, 'guest')).result).toBe(-1);
        expect(lines).toEqual(expected);
        expect(destroyed).toBe(2);
        for (const callback of [vmessage, progress, destroy]) callback.release();
      });
    });
  }

  if (supports.fdWatch) {
    describe('watched descriptors', () => {
      it('tell when there is something to read, until stopped', async () => {
        const pipe = pipeSync(backend);
        let told = 0;
        let watch: { stop(): void } | undefined;
        const first = new Promise<void>((resolve) => {
          watch = backend.watchReadable?.(pipe.readEnd, () => {
            told += 1;
            resolve();
          });
        });
        await new Promise((resolve) => setTimeout(resolve, 30));
        expect(told).toBe(0);
        pipe.write('x');
        await first;
        watch?.stop();
        watch?.stop();
        const after = told;
        pipe.write('y');
        await new Promise((resolve) => setTimeout(resolve, 30));
        expect(told).toBe(after);
        pipe.close();
      });
    });
  } else {
    it('does not offer to watch descriptors', () => {
      expect('watchReadable' in backend).toBe(false);
    });
  }
}

/** Makes garbage enough for several collections. */
function churnMemory(): void {
  for (let round = 0; round < 200; round++) Buffer.alloc(64 * 1024, 0xee);
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
}
