import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForeign, signature, type ForeignBackend } from '@xen-image/ffi';
import { openHandle, openLibraries, type XcHandle } from '../../src/index.js';
import { xenHeaders } from './headers.js';

const SOURCE = new URL('./recorder.c', import.meta.url).pathname;

/** The libraries that the one recorder stands in for, each by a name of its own. */
const NAMES = ['libxenctrl.so.4.17', 'libxenguest.so.4.17', 'libxentoollog.so.1', 'libxenforeignmemory.so.1'];

/** Recording libraries that a test has made and loaded. */
export interface Recorder {
  /** A handle on them, as on the real ones. */
  readonly xc: XcHandle;
  /** The directory that they are in. */
  readonly directory: string;
  /** What was called since the last time, a line for each call: `name argument=value …`. */
  calls(): string[];
  /** Lays ready what the next call of this name answers, its errno, and what it logs. */
  script(name: string, result: number | bigint, errno?: number, line?: string): void;
  /** Lays ready the bytes that the next call fills `place` with. */
  data(place: string, bytes: Buffer): void;
  /** The version that the hypervisor says it has. */
  version(major: number, minor: number): void;
  /** Records what stands in the image's fields, by C's own reading. */
  describeImage(): string;
  remove(): Promise<void>;
}

/** What a recorder is made with. */
export interface RecorderOptions {
  readonly backend?: string;
  /** Flags for the C compiler. */
  readonly flags?: readonly string[];
}

/** Compiles the recorder against Xen's headers, loads it under the libraries' names, and opens a handle. */
export async function createRecorder(options: RecorderOptions = {}): Promise<Recorder> {
  const directory = compileRecorder(options.flags ?? []);
  const foreign = await openForeign(options.backend === undefined ? {} : { backend: options.backend });
  const control = controls(foreign, join(directory, NAMES[0] ?? ''));
  const libraries = await openLibraries({
    version: { major: 4, minor: 17 },
    libraryDirectories: [directory],
    ...(options.backend === undefined ? {} : { backend: options.backend }),
  });
  const xc = await openHandle(libraries);
  control.reset();
  return {
    xc,
    directory,
    calls: control.calls,
    script: control.script,
    data: control.data,
    version: control.version,
    describeImage() {
      control.describe();
      return control.calls().at(-1) ?? '';
    },
    async remove() {
      control.reset();
      await xc.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The recorder, compiled: the directory that has it under each library's name. */
export function compileRecorder(flags: readonly string[] = []): string {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-recorder-'));
  const [first = '', ...others] = NAMES;
  const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-stringop-truncation'];
  const made = join(directory, first);
  execFileSync('cc', [
    ...['-shared', '-fPIC', '-O1', '-std=gnu11', '-D__XEN_TOOLS__', '-isystem', xenHeaders()],
    ...warnings,
    ...flags,
    ...['-Wl,-soname,recorder', '-o', made, SOURCE],
  ]);
  for (const name of others) execFileSync('ln', ['-s', first, join(directory, name)]);
  return directory;
}

function controls(foreign: ForeignBackend, path: string) {
  const library = foreign.open([path]);
  const text = library.bind(signature('recorder_text', 'pointer', []));
  const reset = library.bind(signature('recorder_reset', 'void', []));
  const script = library.bind(signature('recorder_script', 'void', ['string', 'int64', 'int', 'string']));
  const data = library.bind(signature('recorder_data', 'void', ['string', 'pointer', 'size_t']));
  const version = library.bind(signature('recorder_version', 'void', ['uint32']));
  const describe = library.bind(signature('recorder_describe_image', 'void', []));
  let read = 0;
  return {
    calls: (): string[] => {
      const lines = foreign.memory
        .readString(text.call().result, 1 << 20)
        .split('\n')
        .filter(Boolean);
      const fresh = lines.slice(read);
      read = lines.length;
      return fresh;
    },
    reset: () => {
      reset.call();
      read = 0;
    },
    script: (name: string, result: number | bigint, errno = 0, line: string | null = null) => {
      script.call(name, result, errno, line);
    },
    data: (place: string, bytes: Buffer) => {
      data.call(place, bytes, bytes.length);
    },
    version: (major: number, minor: number) => {
      version.call(major * 0x1_0000 + minor);
    },
    describe: () => {
      describe.call();
    },
  };
}
