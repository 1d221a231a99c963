import type { HostFacts, PhysicalMemory } from '@xen-image/core';
import { readableSize } from '../output/size.js';
import { failed, ok, warning, type Check, type Finding } from './check.js';
import type { Probes } from './probes.js';

/** Free memory below which hardly a guest fits. */
const LITTLE_KIB = 128 * 1024;

const DOM0 = 'control domain';
const HYPERVISOR = 'hypervisor';
const LIBRARIES = 'libraries';
const ABI = 'ABI table';
const CONTROL = 'control calls';
const RIGHTS = 'rights';

/** Everything that guests need on a host, in the order in which one thing needs another. */
export function checks(probes: Probes): readonly Check[] {
  let facts: HostFacts | undefined;
  const known = (): HostFacts => {
    if (facts === undefined) throw new TypeError('the facts of the host are looked at before this');
    return facts;
  };
  return [
    { name: 'Node', look: () => ok(`Node ${probes.nodeVersion}`) },
    { name: RIGHTS, look: () => rights(probes.euid) },
    { name: DOM0, look: async () => controlDomain(await probes.isDom0()) },
    { name: HYPERVISOR, needs: [DOM0], look: async () => ok(`Xen ${await probes.xenVersion()}`) },
    { name: ABI, needs: [HYPERVISOR], look: async () => abiTable(await probes.xenVersion(), probes) },
    { name: LIBRARIES, needs: [HYPERVISOR], look: async () => ok((await probes.libraries()).join(', ')) },
    {
      name: CONTROL,
      needs: [LIBRARIES, RIGHTS],
      look: async () => {
        facts = await probes.facts();
        return ok(`the hypervisor takes those of Xen ${facts.hypervisor.version}`);
      },
    },
    { name: 'PV guests', needs: [CONTROL], look: () => pv(known()) },
    { name: 'HVM guests', needs: [CONTROL], look: () => hvm(known()) },
    { name: 'HAP', needs: [CONTROL], look: () => hap(known()) },
    { name: 'free memory', needs: [CONTROL], look: async () => memory(await probes.physicalMemory()) },
    { name: 'xenstore', needs: [DOM0, RIGHTS], look: async () => xenstore(await probes.xenstore()) },
    { name: 'consoles', needs: [DOM0], look: async () => consoles(await probes.runs('xenconsoled')) },
    { name: 'device model', needs: [CONTROL], look: () => deviceModel(known(), probes) },
    { name: 'restriction', needs: [CONTROL, RIGHTS], look: () => restriction(known(), probes) },
    { name: 'firmware', needs: [CONTROL], look: () => firmware(known(), probes) },
    { name: 'journal', needs: [RIGHTS], look: async () => journal(await probes.unfinished()) },
    { name: 'supervision', needs: [DOM0, RIGHTS], look: async () => supervision(await probes.isSupervised()) },
  ];
}

function rights(euid: number): Finding {
  if (euid === 0) return ok('root');
  return failed(
    `user ${euid}: what acts on domains goes through /dev/xen/privcmd and /run/xenstored/socket, which are root's`,
    'Run it as root. `plan`, `handlers`, `replay` and --driver sim need no rights.',
  );
}

function controlDomain(is: boolean): Finding {
  if (is) return ok('this is dom0');
  return failed(
    'this machine is not the control domain of a Xen host',
    'Boot it with Xen (Debian: apt install xen-system-amd64), or use --driver sim.',
  );
}

function abiTable(version: string, { abi: { known, tested } }: Probes): Finding {
  if (tested.includes(version)) return ok(`that of Xen ${version}, which was run on real hosts`);
  if (known.includes(version)) {
    return warning(
      `that of Xen ${version} was made from its headers, and never run`,
      'Give --allow-untested-abi, first on a host without other guests.',
    );
  }
  return failed(
    `there is none for Xen ${version}`,
    `Use a Xen of ${known[0] ?? ''} to ${known.at(-1) ?? ''}, or a newer xen-image.`,
  );
}

function pv({ hypervisor }: HostFacts): Finding {
  if (/\bxen-3\.0-x86_64\b/.test(hypervisor.capabilities)) return ok('possible');
  return warning('this Xen was built without them', 'Use HVM guests, or a Xen with CONFIG_PV.');
}

function hvm({ hypervisor }: HostFacts): Finding {
  if (/\bhvm-/.test(hypervisor.capabilities)) return ok('possible');
  return warning(
    'not possible: Xen found neither VT-x nor AMD-V',
    "Switch the processor's virtualisation on in the firmware; PV guests work without it.",
  );
}

function hap({ hypervisor }: HostFacts): Finding {
  if (hypervisor.hap) return ok('possible');
  return warning('not possible: HVM guests run on shadow page tables, slower', 'A processor with EPT or NPT has it.');
}

function memory({ freeKib, claimedKib, totalKib }: PhysicalMemory): Finding {
  const usableKib = freeKib - claimedKib;
  const said = `${readableSize(usableKib)} of ${readableSize(totalKib)} for new guests`;
  if (usableKib >= LITTLE_KIB) return ok(said);
  return warning(said, "Lower dom0's memory: `xl mem-set 0 SIZE`, or dom0_mem= on Xen's command line.");
}

function xenstore(name: string | undefined): Finding {
  if (name !== undefined) return ok(`answers; dom0 is called ${name}`);
  return warning(
    'answers, and knows no name of dom0',
    "Run Xen's start scripts: `systemctl start xen-init-dom0` (Debian: `systemctl start xen`).",
  );
}

function consoles(running: boolean): Finding {
  if (running) return ok('xenconsoled runs');
  return warning(
    'no xenconsoled: what PV guests print is lost',
    'Start it: `systemctl start xenconsoled` (Debian: `systemctl start xen`).',
  );
}

function deviceModel({ options }: HostFacts, probes: Probes): Finding {
  if (probes.isThere(options.deviceModel)) return ok(options.deviceModel);
  return warning(`there is no ${options.deviceModel}: no HVM guests`, 'Debian: apt install qemu-system-xen');
}

async function restriction({ options }: HostFacts, probes: Probes): Promise<Finding> {
  const program = options.deviceModel;
  if (!probes.isThere(program)) return warning(`there is no ${program}`, 'Debian: apt install qemu-system-xen');
  const possible = await probes.restriction(program);
  if ('lacking' in possible) {
    return warning(
      `device models keep the rights of root: ${possible.lacking}`,
      'Install a QEMU of 3.0 or later that is built for Xen.',
    );
  }
  const { user, sandbox } = possible;
  const calls = sandbox ? 'with a filter of system calls' : 'without a filter of system calls (it has no -sandbox)';
  return ok(`each device model runs as user and group ${user}, in an empty root directory, ${calls}`);
}

function firmware({ options }: HostFacts, probes: Probes): Finding {
  const needed = [options.hvmloader, options.seabios ?? '/usr/share/seabios/bios-256k.bin'];
  const lacking = needed.filter((path) => !probes.isThere(path));
  if (lacking.length === 0) return ok(needed.join(', '));
  return warning(`there is no ${lacking.join(', ')}: no HVM guests`, 'Debian: apt install xen-utils seabios');
}

function journal(unfinished: number): Finding {
  if (unfinished === 0) return ok('nothing is unfinished');
  const what = unfinished === 1 ? 'one operation is' : `${unfinished} operations are`;
  return warning(`${what} under way or unfinished`, '`xen-image recover` finishes or undoes what a process left.');
}

function supervision(supervised: boolean): Finding {
  if (supervised) return ok('a supervisor runs');
  return warning(
    'nothing acts when a guest shuts down or a device model dies',
    'Run `xen-image watch`; a systemd unit ships with it.',
  );
}
