import type { MachineArg } from '@xen-image/core/plugin';

/** The hole that the machine has by itself, 256 MiB; a smaller one cannot be had. */
const OWN_HOLE_MIB = 256;
const FOUR_GIB_MIB = 4096;
const BYTES_PER_MIB = 1024 ** 2;

/** The machine; without the Xen platform device it is an ordinary PC under Xen. */
export function machineOptions({ machine, platformPci, mmioHoleMib }: MachineArg): string[] {
  if (machine === 'pv') return ['-machine', 'xenpv'];
  let option = platformPci ? 'xenfv,suppress-vmdesc=on' : 'pc,accel=xen,suppress-vmdesc=on';
  if (mmioHoleMib !== undefined && mmioHoleMib >= OWN_HOLE_MIB) {
    option += `,max-ram-below-4g=${(FOUR_GIB_MIB - mmioHoleMib) * BYTES_PER_MIB}`;
  }
  return ['-machine', option];
}
