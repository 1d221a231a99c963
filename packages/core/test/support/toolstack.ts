import pv from '@xen-image/handler-x86-pv';
import hvm from '@xen-image/handler-x86-hvm';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { openSimulator, type Simulator, type SimulatorOptions } from '@xen-image/xen-sim';
import { Toolstack, type CreateLimits, type Plugin, type ToolstackOptions } from '../../src/index.js';

/**
 * The host's state once it has served a guest: directories that a toolstack keeps (`/xen-image/name`) are there.
 */
export async function settled({ simulator, toolstack }: ReturnType<typeof simulated>) {
  await toolstack.create(await toolstack.plan({ text: HVM.replace('win', 'earlier') }));
  await toolstack.destroy('earlier');
  return simulator.inspect();
}

/** A toolstack on a simulated host that has what the tests' guests boot. */
export function simulated(
  options: SimulatorOptions & { readonly plugins?: readonly Plugin[]; readonly creates?: CreateLimits } = {},
) {
  const { plugins = [], creates, ...rest } = options;
  const simulator = openSimulator({
    files: {
      '/boot/vmlinuz': 'file',
      '/boot/initrd': 'file',
      '/usr/lib/xen-4.17/boot/hvmloader': 'file',
      '/usr/share/seabios/bios-256k.bin': 'file',
      '/usr/libexec/xen-qemu-system-i386': 'file',
    },
    host: { memoryKib: 2 * 1024 * 1024, dom0Kib: 512 * 1024 },
    ...rest,
  });
  const toolstack = toolstackOn(simulator, { plugins, ...(creates === undefined ? {} : { creates }) });
  return { simulator, toolstack };
}

/** A toolstack on a simulated host, as one of its processes has it. */
export function toolstackOn(
  simulator: Simulator,
  { plugins = [], ...rest }: Partial<ToolstackOptions> = {},
): Toolstack {
  return new Toolstack({ plugins: [pv, hvm, qemuDialectsPlugin, simulator.plugin, ...plugins], ...rest });
}

export const PV = 'name = "web"\nmemory = 64\nkernel = "/boot/vmlinuz"\nramdisk = "/boot/initrd"\n';
export const HVM = 'name = "win"\ntype = "hvm"\nmemory = 128\nvcpus = 2\n';
