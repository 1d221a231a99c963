import type { HostOptions } from '@xen-image/core';
import { SOME_FILE, type FileView } from './files.js';

/**
 * A view in which the programs of the simulated host's own packages exist: its device model, its firmware loader and
 * firmware, which no machine without Xen has.
 */
export function withHostPackages(view: FileView, options: HostOptions): FileView {
  const own = new Set([options.deviceModel, options.hvmloader, options.seabios, options.ovmf]);
  return {
    look: (path) => (own.has(path) ? Promise.resolve(SOME_FILE) : view.look(path)),
    make: (path) => view.make(path),
    remove: (path) => view.remove(path),
  };
}
