/** What a virtual disk's name says: which disk of its bus it is, and xenstore's number for it. */
export interface VirtualDevice {
  readonly bus: 'ide' | 'scsi' | 'xen';
  /** From 0: `hda` and `xvda` are 0. */
  readonly disk: number;
  /** xen-vbd-interface(7). */
  readonly number: number;
}

const NAME = /^(hd|sd|xvd)([a-z]+)(\d*)$/;
const PLAIN = /^d(\d+)(?:p(\d+))?$/;

/** Majors of the first and the second IDE bus. */
const IDE_MAJORS = [3, 22];
const SCSI_MAJOR = 8;
const XEN_MAJOR = 202;

/** `a` is 0, `z` is 25, `aa` is 26. */
function lettersToIndex(letters: string): number {
  let index = 0;
  for (const letter of letters) index = index * 26 + letter.charCodeAt(0) - 96;
  return index - 1;
}

function xenNumber(disk: number, partition: number): number {
  if (disk < 16 && partition < 16) return XEN_MAJOR * 256 + disk * 16 + partition;
  return 2 ** 28 + disk * 256 + partition;
}

/** Reads a virtual disk's name: `hda`, `sdb1`, `xvdc`, `d0p1`. `undefined` for one that is none. */
export function parseVdev(vdev: string): VirtualDevice | undefined {
  const plain = PLAIN.exec(vdev);
  if (plain !== null) {
    const disk = Number(plain[1]);
    return { bus: 'xen', disk, number: xenNumber(disk, Number(plain[2] ?? 0)) };
  }
  const named = NAME.exec(vdev);
  if (named === null) return undefined;
  const [, prefix, letters = '', digits = ''] = named;
  const disk = lettersToIndex(letters);
  const partition = Number(digits);
  switch (prefix) {
    case 'hd': {
      const major = IDE_MAJORS[Math.floor(disk / 2)];
      if (major === undefined) return undefined;
      return { bus: 'ide', disk, number: major * 256 + (disk % 2) * 64 + partition };
    }
    case 'sd':
      if (disk > 15) return undefined;
      return { bus: 'scsi', disk, number: SCSI_MAJOR * 256 + disk * 16 + partition };
    default:
      return { bus: 'xen', disk, number: xenNumber(disk, partition) };
  }
}
