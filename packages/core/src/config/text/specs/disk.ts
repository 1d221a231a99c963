import { closest } from 'fastest-levenshtein';
import { clip, didYouMean } from './pairs.js';
import { specError, specText, type SpecSource } from './source.js';

/** Image formats by the names that xl.cfg(5) has for them; `empty` is a CD drive without a medium. */
export type DiskFormat = 'raw' | 'qcow' | 'qcow2' | 'vhd' | 'qed' | 'empty';

/** A disk as a `disk` specification has it, defaults filled in as xl does. */
export interface DiskSpec {
  /** A file, block device or whatever {@link DiskSpec.script} takes; empty for a CD drive without a medium. */
  readonly target: string;
  readonly format: DiskFormat;
  /** The name in the guest. */
  readonly vdev: string;
  readonly readWrite: boolean;
  readonly cdrom: boolean;
  /** The domain that the backend runs in. */
  readonly backend?: string;
  readonly backendType?: 'phy' | 'tap' | 'qdisk' | 'standalone';
  /** The hotplug script; `block-iscsi` and its like where a prefix named it. */
  readonly script?: string;
  readonly specification?: 'xen' | 'virtio';
  /** xm's fifth place. */
  readonly protocol?: string;
  readonly directIoSafe: boolean;
  readonly discard?: boolean;
  readonly trusted?: boolean;
  /** COLO's parameters, carried as they are. */
  readonly colo: Readonly<Record<string, string | boolean>>;
  /** The prefixes of the old syntax in order, without colons: `['tap', 'aio']`. xl ignores most; xend did not. */
  readonly prefixes: readonly string[];
  /** What xend called the name of the device: the target behind the prefixes that stand before it, each with its colon. */
  readonly uname: string;
  /** Where in the specification target, vdev, format and access begin, from 0; absent for what was not said. */
  readonly offsets: Readonly<Partial<Record<'target' | 'vdev' | 'format' | 'access', number>>>;
}

const FORMATS: readonly DiskFormat[] = ['raw', 'qcow', 'qcow2', 'vhd', 'qed', 'empty'];
const BACKEND_TYPES = ['phy', 'tap', 'qdisk', 'standalone'] as const;
const FLAGS: Readonly<Record<string, (disk: Draft) => void>> = {
  cdrom: (disk) => (disk.cdrom = true),
  'direct-io-safe': (disk) => (disk.directIoSafe = true),
  discard: (disk) => (disk.discard = true),
  'no-discard': (disk) => (disk.discard = false),
  trusted: (disk) => (disk.trusted = true),
  untrusted: (disk) => (disk.trusted = false),
  colo: (disk) => (disk.colo['colo'] = true),
  'no-colo': (disk) => (disk.colo['colo'] = false),
};
const COLO = ['colo-host', 'colo-port', 'colo-export', 'active-disk', 'hidden-disk'];
const KEYS = [
  'format',
  'devtype',
  'access',
  'backend',
  'backendtype',
  'specification',
  'vdev',
  'script',
  'target',
  ...COLO,
];
const IGNORED_PREFIXES = ['tapdisk', 'tap', 'tap2', 'aio', 'ioemu', 'file', 'phy'];
const FORMAT_PREFIXES = ['raw', 'qcow', 'qcow2', 'vhd'];
const SCRIPT_PREFIXES = ['iscsi', 'nbd', 'enbd', 'drbd'];
const PREFIXES = [...IGNORED_PREFIXES, ...FORMAT_PREFIXES, ...SCRIPT_PREFIXES];

interface Draft {
  target?: string;
  format?: DiskFormat;
  vdev?: string;
  readWrite: boolean;
  cdrom: boolean;
  backend?: string;
  backendType?: (typeof BACKEND_TYPES)[number];
  script?: string;
  specification?: 'xen' | 'virtio';
  protocol?: string;
  directIoSafe: boolean;
  discard?: boolean;
  trusted?: boolean;
  readonly colo: Record<string, string | boolean>;
  readonly prefixes: string[];
  readonly offsets: { -readonly [K in keyof DiskSpec['offsets']]: DiskSpec['offsets'][K] };
}

/**
 * Reads a `disk` specification: that of xl-disk-configuration(5) (`target, [format], vdev, access`, `key=value` and flags in
 * any order, `target=` last with the rest of the text), and that of xm and xl 4.1 (`phy:/dev/x,hda,w`, `tap:aio:/x,…`,
 * `,hdc:cdrom,r`), which may name a backend domain and a protocol in two further places.
 *
 * The rules are those of libxlu_disk_l.l: blanks before a part are nothing, blanks behind it belong to it; a part without
 * `=` goes to the first place that is still free; a prefix skips the place of the format.
 *
 * @throws XenImageError `CONFIG_DISK`
 */
export function parseDisk(source: SpecSource): DiskSpec {
  return new DiskReader(source).read();
}

class DiskReader {
  private readonly text: string;
  private readonly disk: Draft = {
    readWrite: true,
    cdrom: false,
    directIoSafe: false,
    colo: {},
    prefixes: [],
    offsets: {},
  };
  /** How many prefixes stand before the target; `ioemu:` may stand before the vdev. */
  private targetPrefixes = 0;
  private accessSeen = false;
  private extraPlaces = 0;

  constructor(private readonly source: SpecSource) {
    this.text = specText(source);
  }

  read(): DiskSpec {
    const { text } = this;
    for (let at = this.skipBlanks(0); at < text.length; at = this.skipBlanks(at)) {
      const prefix = /^([a-z][a-z0-9]*):/.exec(text.slice(at, at + 64))?.[1];
      if (prefix !== undefined && this.prefix(prefix, at)) {
        at += prefix.length + 1;
        continue;
      }
      if (text.startsWith('target=', at)) {
        // The rest of the text, whatever it is, but for one comma at its end, as in xl.
        this.setTarget(text.slice(at + 7).replace(/,$/, ''), at + 7);
        break;
      }
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      this.part(text.slice(at, end), at);
      at = end + 1;
    }
    return this.finish();
  }

  private skipBlanks(at: number): number {
    while (/[ \t\n]/.test(this.text.charAt(at))) at++;
    return at;
  }

  private fail(message: string, offset: number, hint?: string): never {
    throw specError('CONFIG_DISK', message, this.source, offset, hint);
  }

  /** Takes a prefix of the old syntax; false for what only looks like one (`hdc:cdrom`). */
  private prefix(prefix: string, at: number): boolean {
    const { disk } = this;
    if (!PREFIXES.includes(prefix)) {
      const next = this.text.charAt(at + prefix.length + 1);
      if (/[a-z0-9]/.test(next)) return false;
      return this.fail(`\`${prefix}:\` is no prefix of a disk`, at, `known are ${PREFIXES.join(', ')}`);
    }
    disk.prefixes.push(prefix);
    if (FORMAT_PREFIXES.includes(prefix)) this.setFormat(prefix, at);
    if (SCRIPT_PREFIXES.includes(prefix)) this.setOnce('script', `block-${prefix}`, at);
    return true;
  }

  private part(part: string, at: number): void {
    const equals = part.indexOf('=');
    if (equals !== -1) {
      this.pair(part.slice(0, equals), part.slice(equals + 1), at, at + equals + 1);
    } else if (Object.hasOwn(FLAGS, part)) {
      FLAGS[part]?.(this.disk);
    } else {
      this.place(part, at);
    }
  }

  private pair(key: string, value: string, at: number, valueAt: number): void {
    const { disk } = this;
    switch (key) {
      case 'format':
        this.setFormat(value, valueAt);
        return;
      case 'vdev':
        this.setVdev(value, valueAt);
        return;
      case 'access':
        this.setAccess(value, valueAt);
        return;
      case 'devtype':
        if (value !== 'cdrom' && value !== 'disk')
          this.fail(`devtype=${clip(value)} is unknown`, valueAt, 'write cdrom or disk');
        disk.cdrom = value === 'cdrom';
        return;
      case 'backend':
      case 'script':
        this.setOnce(key, value, valueAt);
        return;
      case 'backendtype':
        disk.backendType = this.oneOf('backendtype', value, valueAt, BACKEND_TYPES, disk.backendType);
        return;
      case 'specification':
        disk.specification = this.oneOf(
          'specification',
          value,
          valueAt,
          ['xen', 'virtio'] as const,
          disk.specification,
        );
        return;
      default:
        if (!COLO.includes(key)) this.fail(`a disk has no \`${clip(key)}\``, at, didYouMean(key, KEYS));
        if (key === 'colo-port' && !/^[1-9][0-9]{0,4}$/.test(value))
          this.fail(`colo-port=${clip(value)} is no port`, valueAt);
        disk.colo[key] = value;
    }
  }

  /** Gives a part without `=` to the first place that is still free. */
  private place(part: string, at: number): void {
    const { disk } = this;
    if (disk.target === undefined) {
      disk.target = part;
      this.targetPrefixes = disk.prefixes.length;
      disk.offsets.target = at;
    } else if (disk.prefixes.length === 0 && disk.format === undefined) {
      if (disk.target === '' && this.vdevWithType(part, at)) disk.format = 'empty';
      else this.setFormat(part, at);
    } else if (disk.vdev === undefined) {
      if (!this.vdevWithType(part, at)) this.setVdev(part, at);
    } else if (!this.accessSeen) {
      this.accessSeen = true;
      this.setAccess(part, at);
    } else {
      this.extraPlace(part, at);
    }
  }

  /** xm's places behind the access: the backend's domain and the protocol. */
  private extraPlace(part: string, at: number): void {
    this.extraPlaces++;
    if (this.disk.prefixes.length === 0 || this.extraPlaces > 2) {
      const near = closest(part.slice(0, 64), [...Object.keys(FLAGS), 'devtype=cdrom']);
      this.fail(`\`${clip(part)}\` has no place: target, format, vdev and access are given`, at, `is ${near} meant?`);
    }
    if (this.extraPlaces === 1) this.setOnce('backend', part, at);
    else this.disk.protocol = part;
  }

  /** Takes `VDEV:cdrom` and `VDEV:disk`; false where there is no colon. */
  private vdevWithType(part: string, at: number): boolean {
    const colon = part.lastIndexOf(':');
    if (colon === -1) return false;
    const type = part.slice(colon + 1);
    if (type !== 'cdrom' && type !== 'disk')
      this.fail(`\`:${clip(type)}\` is no type of disk`, at + colon, 'write :cdrom or :disk');
    this.setVdev(part.slice(0, colon), at);
    this.disk.cdrom = type === 'cdrom';
    return true;
  }

  private setTarget(value: string, at: number): void {
    const { disk } = this;
    if (disk.target !== undefined && disk.target !== '') this.fail('the target is given twice', at);
    disk.target = value;
    this.targetPrefixes = disk.prefixes.length;
    disk.offsets.target = at;
  }

  private setVdev(value: string, at: number): void {
    const { disk } = this;
    if (disk.vdev !== undefined && disk.vdev !== '') this.fail('the vdev is given twice', at);
    disk.vdev = value;
    disk.offsets.vdev = at;
  }

  private setFormat(value: string, at: number): void {
    const { disk } = this;
    const format = value === '' ? 'raw' : (value as DiskFormat);
    if (!FORMATS.includes(format)) {
      const vdev = /^(?:xvd|hd|sd|vd|d)[a-z0-9]+$/.test(value);
      const hint = vdev ? `a vdev comes third: TARGET,raw,${value},…` : `known are ${FORMATS.join(', ')}`;
      this.fail(`\`${clip(value)}\` is no format of a disk`, at, hint);
    }
    if (disk.format !== undefined && disk.format !== format) {
      this.fail(`the format is given twice, as ${disk.format} and as ${format}`, at);
    }
    disk.format = format;
    disk.offsets.format ??= at;
  }

  private setAccess(value: string, at: number): void {
    const { disk } = this;
    if (!['r', 'ro', 'w', 'rw', ''].includes(value)) {
      this.fail(
        `\`${clip(value)}\` is no access to a disk`,
        at,
        value === 'w!' ? 'xend alone had w! (write though others do); write w' : 'write r (or ro) or w (or rw)',
      );
    }
    disk.readWrite = value !== 'r' && value !== 'ro';
    if (value !== '') disk.offsets.access = at;
  }

  private setOnce(key: 'backend' | 'script', value: string, at: number): void {
    const before = this.disk[key];
    if (before !== undefined && before !== '') this.fail(`the ${key} is given twice`, at);
    this.disk[key] = value;
  }

  private oneOf<T extends string>(
    key: string,
    value: string,
    at: number,
    known: readonly T[],
    before: T | undefined,
  ): T {
    const found = known.find((name) => name === value);
    if (found === undefined) return this.fail(`${key}=${clip(value)} is unknown`, at, `known are ${known.join(', ')}`);
    if (before !== undefined && before !== found)
      this.fail(`the ${key} is given twice, as ${before} and as ${found}`, at);
    return found;
  }

  private finish(): DiskSpec {
    const { readWrite, target, vdev, format, ...rest } = this.disk;
    if (vdev === undefined || vdev === '') {
      return this.fail('a disk without vdev', this.text.length, 'as in TARGET,raw,xvda,w or vdev=xvda');
    }
    if (!/^[a-z0-9]+$/i.test(vdev)) {
      this.fail(`\`${clip(vdev)}\` is no vdev`, rest.offsets.vdev ?? 0, 'as in xvda, hdc or sda1');
    }
    if (target === undefined && !rest.cdrom) {
      return this.fail('a disk without target', this.text.length, 'only a CD drive can be without one: devtype=cdrom');
    }
    const path = target ?? '';
    return {
      ...rest,
      target: path,
      vdev,
      format: rest.cdrom && path === '' ? 'empty' : (format ?? 'raw'),
      readWrite: readWrite && !rest.cdrom,
      uname: [...rest.prefixes.slice(0, this.targetPrefixes), path].join(':'),
    };
  }
}
