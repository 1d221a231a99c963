import type { StoreRoot } from '../contract/actions.js';

/** The directory that a root stands for: where xend and libxl keep these trees. */
export function storeRoot(root: StoreRoot, domid: number | string, uuid: string): string {
  switch (root) {
    case 'vm':
      return `/vm/${uuid}`;
    case 'domain':
      return `/local/domain/${domid}`;
    case 'device-model':
      return `/local/domain/0/device-model/${domid}`;
    case 'absolute':
      return '';
  }
}

/** A path below another; an empty part is passed over. */
export function below(base: string, part: string): string {
  if (part === '') return base;
  return part.startsWith('/') ? base + part : `${base}/${part}`;
}

/** An absolute path from a root and the parts below it; empty parts are passed over. */
export function storePath(base: string, ...parts: readonly string[]): string {
  return parts.reduce(below, base);
}
