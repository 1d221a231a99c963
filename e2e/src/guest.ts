/** Guests as a case sees them: configurations for xl, consoles, and the facts a guest prints. */
import type { CaseTools } from './case.js';
import { shellQuote, type Host } from './host.js';

/** A guest of the independent witness, xl. */
export interface XlGuest {
  readonly name: string;
  readonly type: 'pv' | 'pvh' | 'hvm';
  /** Memory in MiB. */
  readonly memoryMib: number;
  /** 1 when not given. */
  readonly vcpus?: number;
  /** Path in dom0; `/boot/vmlinux` for PV and PVH, `/boot/vmlinuz` for HVM when not given. */
  readonly kernel?: string;
  /** Words after `console=… quiet` of the kernel's command line. */
  readonly extra?: string;
  /** Further lines of the configuration. */
  readonly lines?: readonly string[];
}

/** The file in dom0 that gets what a guest prints: xenconsoled's log, or what its emulated serial port is connected to. */
export function consoleLog(guest: Pick<XlGuest, 'name' | 'type'>): string {
  return guest.type === 'hvm' ? serialLog(guest.name) : `/var/log/xen/console/guest-${guest.name}.log`;
}

/** Where the serial port of an HVM guest goes in these tests. */
export function serialLog(name: string): string {
  return `/var/log/xen/serial-${name}.log`;
}

/** Creates a guest with xl; it runs when this returns. */
export async function xlCreate(host: Host, guest: XlGuest): Promise<void> {
  const kernel = guest.kernel ?? (guest.type === 'hvm' ? '/boot/vmlinuz' : '/boot/vmlinux');
  const terminal = guest.type === 'hvm' ? 'ttyS0' : 'hvc0';
  const lines = [
    `name = "${guest.name}"`,
    `type = "${guest.type}"`,
    `memory = ${String(guest.memoryMib)}`,
    `vcpus = ${String(guest.vcpus ?? 1)}`,
    `kernel = "${kernel}"`,
    'ramdisk = "/boot/guest.img"',
    `extra = "console=${terminal} quiet ${guest.extra ?? ''}"`,
    ...(guest.type === 'hvm' ? ['vnc = 0', `serial = "file:${serialLog(guest.name)}"`] : []),
    ...(guest.lines ?? []),
  ];
  const file = `/root/${guest.name}.cfg`;
  await host.must(`cat > ${file} && xl create ${file}`, { input: `${lines.join('\n')}\n`, timeoutMs: 180_000 });
}

/** What the hypervisor knows of its guests: whether they get time, where each vcpu is, and the last that Xen printed. */
async function signsOfLife(host: Host): Promise<string> {
  const look = `
    xl vcpu-list; sleep 2; xl vcpu-list
    for domid in $(xl list | awk 'NR > 2 { print $2 }'); do
      for vcpu in 0 1 2 3; do /usr/lib/xen-4.17/bin/xenctx "$domid" "$vcpu" | head -12 || break; done
    done
    xl dmesg | tail -30; uptime; tail -n 5 /var/log/xen/qemu-*.log`;
  const { stdout, stderr } = await host.run(look, { timeoutMs: 30_000 });
  return `${stdout}${stderr}`;
}

/**
 * What a guest printed, once it printed the marker.
 *
 * @throws Error with what it printed, and what the hypervisor knows of it, when the marker does not come
 */
export async function untilPrinted(
  tools: Pick<CaseTools, 'host' | 'signal'>,
  log: string,
  marker = 'GUEST-UP',
  timeoutMs = 180_000,
): Promise<string> {
  const found = new AbortController();
  let printed = '';
  const follow = tools.host.run(`exec tail -c +1 -F ${shellQuote(log)} 2>/dev/null`, {
    timeoutMs,
    signal: AbortSignal.any([tools.signal, found.signal]),
    onStdout: (chunk) => {
      printed += chunk.toString();
      if (printed.includes(marker)) found.abort();
    },
  });
  try {
    await follow;
  } catch (cause) {
    if (!found.signal.aborted) {
      const said = printed.slice(-2000);
      const signs = await signsOfLife(tools.host).catch((error: unknown) => String(error));
      throw new Error(`${marker} did not come in ${String(timeoutMs)} ms; ${log} has:\n${said}\n${signs}`, { cause });
    }
  }
  return printed;
}

/** The `GUEST-FACT name=value` lines of a console. The latest boot's stand where a guest booted more than once. */
export function factsOf(printed: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...printed.matchAll(/GUEST-FACT (\w+)=([^\r\n]*)/g)].map(([, name = '', value = '']) => [name, value.trim()]),
  );
}

/** Domains as the hypervisor lists them, without dom0: domid by name. */
export async function domains(host: Host): Promise<ReadonlyMap<string, number>> {
  const rows = (await host.must('xl list')).trim().split('\n').slice(1);
  return new Map(
    rows
      .map((row) => row.trim().split(/\s+/))
      .map(([name = '', domid = '']): [string, number] => [name, Number(domid)])
      .filter(([, domid]) => domid !== 0),
  );
}

/** Waits until xl shows a domain in a state, such as `---s--` for one that has shut down. */
export async function untilState(host: Host, name: string, state: string): Promise<void> {
  await host.must(
    `for i in $(seq 300); do xl list ${name} | grep -q -- ' ${state} ' && exit 0; sleep 0.1; done; xl list; exit 1`,
    { timeoutMs: 120_000 },
  );
}

/** Waits until no domain of that name is there. */
export async function untilGone(host: Host, name: string, timeoutMs = 90_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  while ((await domains(host)).has(name)) {
    if (performance.now() > until) throw new Error(`${name} is still there after ${String(timeoutMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
