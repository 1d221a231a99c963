import { readFile } from 'node:fs/promises';

/** What Linux says of the domain it runs in (xenfs). */
const CAPABILITIES = '/proc/xen/capabilities';
/** The device that hypercalls go through; the files of xenfs are absent where nobody mounted it. */
const HYPERVISOR_TYPE = '/sys/hypervisor/type';
const HYPERVISOR_UUID = '/sys/hypervisor/uuid';
const DOM0_UUID = '00000000-0000-0000-0000-000000000000';

async function text(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** Whether this machine is the control domain of a Xen host. */
export async function isDom0(): Promise<boolean> {
  const capabilities = await text(CAPABILITIES);
  if (capabilities !== undefined && capabilities !== '') return capabilities.includes('control_d');
  if ((await text(HYPERVISOR_TYPE)) !== 'xen') return false;
  return (await text(HYPERVISOR_UUID)) === DOM0_UUID;
}
