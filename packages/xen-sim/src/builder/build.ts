import { XenImageError, type BuildResult, type DomainBuilder, type ResolvedBuildSpec } from '@xen-image/core';
import type { FileView } from '../host/files.js';
import { totalFrames } from '../hypervisor/domain.js';
import type { Machine } from '../hypervisor/machine.js';
import { domainOf, guestOf, refuse } from '../hypervisor/refuse.js';
import type { Session } from '../ports/session.js';
import { whole } from '../units.js';
import { noExtents, type Populating } from './extents.js';
import { buildHvm } from './hvm.js';
import { loadFiles, type LoadedFiles } from './load.js';
import { buildPv } from './pv.js';

/** The builder: libxenguest's xc_dom calls, as far as they show from outside. */
export function domainBuilderPort(session: Session, files: FileView): DomainBuilder {
  return {
    async build(domid, spec, signal) {
      whole('targetMib', spec.targetMib, 1);
      whole('maximumMib', spec.maximumMib, spec.targetMib);
      throwIfAborted(signal);
      await session.read((machine) => domainOf(machine, domid, 'xc_dom_boot_xen_init'));
      const loaded = await loadFiles(files, domid, spec);
      throwIfAborted(signal);
      return session.write((machine) => build(machine, domid, spec, loaded));
    },
  };
}

/** Builds a guest whose files are loaded. */
export function build(machine: Machine, domid: number, spec: ResolvedBuildSpec, files: LoadedFiles): BuildResult {
  const domain = guestOf(machine, domid, 'xc_dom_boot_xen_init');
  const invalid = (call: string, why: string) => refuse(call, 'EINVAL', { domid, why });
  if (domain.dying) throw invalid('xc_dom_boot_mem_init', 'the domain is dying');
  if (domain.built || totalFrames(domain) > 0) {
    throw invalid('xc_dom_boot_mem_init', 'the domain has memory already: one that was built, or failed to be');
  }
  const { container } = domain.spec;
  if (container !== spec.container) {
    throw invalid('xc_dom_boot_xen_init', `the domain is a ${container} container, the build is for ${spec.container}`);
  }
  const populating: Populating = { machine, domain, counts: noExtents() };
  const result = container === 'pv' ? buildPv(populating, spec, files) : buildHvm(populating, spec);
  if (domain.vcpus < spec.vcpus || domain.vcpus === 0) {
    throw invalid('xc_dom_boot_image', `the domain has ${domain.vcpus} vcpus, the build sets up ${spec.vcpus}`);
  }
  domain.built = true;
  if (result.storeFrame !== undefined) domain.storeFrame = result.storeFrame;
  if (result.consoleFrame !== undefined) domain.consoleFrame = result.consoleFrame;
  return result;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new XenImageError('ABORTED', 'the build was aborted', { phase: 'build', cause: signal.reason });
}
