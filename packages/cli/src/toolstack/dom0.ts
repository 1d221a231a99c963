import { readFileSync } from 'node:fs';

/** What Linux says of the domain it runs in (xenfs). */
const CAPABILITIES = '/proc/xen/capabilities';
/** The device that hypercalls go through; the files of xenfs are absent where nobody mounted it. */
const HYPERVISOR_TYPE = '/sys/hypervisor/type';
const HYPERVISOR_UUID = '/sys/hypervisor/uuid';
const DOM0_UUID = '00000000-0000-0000-0000-000000000000';

/** They are made when they are read: a thread for each step would take many times as long. */
function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Whether this machine is the control domain of a Xen host. */
export function isDom0(): boolean {
  const capabilities = text(CAPABILITIES);
  if (capabilities !== undefined && capabilities !== '') return capabilities.includes('control_d');
  if (text(HYPERVISOR_TYPE) !== 'xen') return false;
  return text(HYPERVISOR_UUID) === DOM0_UUID;
}
