import { domainOf } from '../hypervisor/refuse.js';
import type { Session } from '../ports/session.js';

/** The calls that only ia64 has, shaped as the package handler-ia64 declares them. */
export interface SimulatedIa64 {
  initNvram(domid: number, name: string): Promise<void>;
  setOsType(domid: number, osType: string): Promise<void>;
}

/** Keeps what a domain's firmware was told. */
export function ia64Port(session: Session): SimulatedIa64 {
  const tell = (domid: number, call: string, fact: Readonly<Record<string, string>>): Promise<void> =>
    session.write((machine) => {
      const domain = domainOf(machine, domid, call);
      domain.ia64 = { ...domain.ia64, ...fact };
    });
  return {
    initNvram: (domid, name) => tell(domid, 'xc_ia64_nvram_init', { nvram: name }),
    setOsType: (domid, osType) => tell(domid, 'xc_ia64_set_os_type', { osType }),
  };
}
