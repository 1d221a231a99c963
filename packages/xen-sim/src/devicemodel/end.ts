import { deviceModelGone } from '../hypervisor/destroy-domain.js';
import type { Machine } from '../hypervisor/machine.js';
import type { SimulatedProcess } from './process.js';

/** A device model's process ends, by itself or by a signal: what it mapped and listened on is let go. */
export function endProcess(machine: Machine, process: SimulatedProcess): void {
  machine.processes.delete(process.domid);
  const domain = machine.domains.get(process.domid);
  for (const port of process.ports) domain?.ports.delete(port);
  deviceModelGone(machine, process.domid);
}

/** Stops a domain's device model and removes what it left in the store. */
export function stopProcess(machine: Machine, domid: number): void {
  const process = machine.processes.get(domid);
  if (process !== undefined) endProcess(machine, process);
  machine.store.tree.delete(`/local/domain/0/device-model/${domid}`);
}
