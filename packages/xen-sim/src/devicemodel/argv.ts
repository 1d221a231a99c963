/** What a simulated device model understands of its command line. */
export interface UnderstoodArgs {
  /** Video memory that it populates, in MiB; 0 for no video card. */
  readonly videoRamMib: number;
  /** The VNC server, where there is one. */
  readonly vnc?: { readonly display: number; readonly findUnused: boolean };
}

/** qemu-dm's video memory where no size is given. */
const TRADITIONAL_VIDEO_MIB = 4;
/** Video memory of a card whose size is not given: QEMU's vgamem_mb. */
const VGA_VIDEO_MIB = 16;

/** Reads a command line in either dialect. */
export function understand(args: readonly string[]): UnderstoodArgs {
  const vnc = vncOf(args);
  return { videoRamMib: videoRamOf(args), ...(vnc === undefined ? {} : { vnc }) };
}

function videoRamOf(args: readonly string[]): number {
  const traditional = valueOf(args, '-videoram');
  if (traditional !== undefined) return Number(traditional) || 0;
  if (valueOf(args, '-M') === 'xenfv') return TRADITIONAL_VIDEO_MIB;
  const card = args.find((arg, at) => args[at - 1] === '-device' && /^(?:cirrus-vga|VGA|qxl-vga)\b/.test(arg));
  if (card === undefined) return 0;
  const size = /\bvgamem_mb=(\d+)/.exec(card)?.[1];
  return size === undefined ? VGA_VIDEO_MIB : Number(size);
}

function vncOf(args: readonly string[]): UnderstoodArgs['vnc'] {
  const option = valueOf(args, '-vnc');
  const display = /:(\d+)(?:,|$)/.exec(option ?? '')?.[1];
  if (option === undefined || display === undefined) return undefined;
  return { display: Number(display), findUnused: args.includes('-vncunused') || /,to=\d+/.test(option) };
}

function valueOf(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}
