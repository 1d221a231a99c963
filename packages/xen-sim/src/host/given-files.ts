import { ABSENT, SOME_FILE, type FileFacts, type FileView, type GivenFile } from './files.js';

/** Files that exist only in the simulation. Removing one changes this view alone. */
export function givenFiles(files: Readonly<Record<string, GivenFile>>): FileView {
  const present = new Map(Object.entries(files).map(([path, file]) => [path, factsOf(file)]));
  return {
    look: (path) => Promise.resolve(present.get(path) ?? ABSENT),
    make(path) {
      if (present.has(path)) return Promise.reject(systemError('EEXIST', 'open', path));
      present.set(path, SOME_FILE);
      return Promise.resolve();
    },
    remove(path) {
      if (present.get(path)?.kind === 'file') {
        present.delete(path);
        return Promise.resolve();
      }
      const code = present.has(path) ? 'EISDIR' : 'ENOENT';
      return Promise.reject(systemError(code, 'unlink', path));
    },
  };
}

function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall });
}

function factsOf(file: GivenFile): FileFacts {
  if (typeof file === 'object') return { ...SOME_FILE, ...file };
  return file === 'file' ? SOME_FILE : { ...ABSENT, kind: file };
}
