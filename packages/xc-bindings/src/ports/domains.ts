import { SHUTDOWN_REASONS, XenImageError, type DomainInfo, type Domains, type DomainSpec } from '@xen-image/core';
import type { AbiTable } from '../abi/table.js';
import { domainInfo, listDomains, type RawDomainInfo } from '../calls/domain-info.js';
import {
  createDomain,
  destroyDomain,
  pauseDomain,
  resumeDomain,
  setMaxVcpus,
  setTimeOffset,
  setTscMode,
  shutdownDomain,
  unpauseDomain,
  type CreateDomain,
} from '../calls/domain.js';
import { domainChanges } from './domain-changes.js';
import type { XcSession } from './session.js';
import { uuidBytes, uuidText } from './uuid.js';

const DEFAULT_MAX_EVTCHN_PORT = 1023;
const TSC_MODES = { default: 0, always: 1, never: 2 } as const;
const PAGE_KIB = 4;
/** How long a destroyed domain is waited for: others may hold its pages a little longer. */
const DEATH_WAIT_MS = 15_000;
const DEATH_POLL_MS = 10;

function emulationFlags({ constants }: AbiTable, emulation: DomainSpec['emulation']): number {
  if (emulation === 'none') return 0;
  if (emulation === 'lapic') return constants.emulateLapic;
  return constants.emulateAll & ~constants.emulateVpci;
}

function rawSpec(abi: AbiTable, spec: DomainSpec): CreateDomain {
  const { domainFlagHvm, domainFlagHap } = abi.constants;
  const hvm = spec.container === 'hvm';
  return {
    handle: uuidBytes(spec.uuid),
    flags: (hvm ? domainFlagHvm : 0) | (hvm && spec.hap ? domainFlagHap : 0),
    emulationFlags: emulationFlags(abi, spec.emulation),
    maxVcpus: spec.maxVcpus,
    maxEvtchnPort: spec.maxEvtchnPort ?? DEFAULT_MAX_EVTCHN_PORT,
    grantTableVersion: 1,
  };
}

function decode(raw: RawDomainInfo): DomainInfo {
  // The guest chooses the number (SCHEDOP_shutdown), and Xen takes any: one without a meaning is a crash.
  const reason = raw.shutdown ? (SHUTDOWN_REASONS[raw.shutdownReason] ?? 'crash') : undefined;
  return {
    domid: raw.domid,
    uuid: uuidText(raw.handle),
    container: raw.hvm ? 'hvm' : 'pv',
    paused: raw.paused,
    running: raw.running,
    blocked: raw.blocked,
    dying: raw.dying,
    ...(reason === undefined ? {} : { shutdownReason: reason }),
    memoryKib: raw.totalPages * PAGE_KIB,
    maxMemoryKib: raw.maxPages * PAGE_KIB,
    onlineVcpus: raw.onlineVcpus,
    maxVcpus: raw.vcpus,
    cpuTimeNs: raw.cpuTimeNs,
  };
}

/** `Domains` over libxenctrl. */
export function domainsPort(session: XcSession): Domains {
  return {
    async create(spec) {
      const xc = await session.handle();
      return createDomain(xc, rawSpec(xc.abi, spec));
    },
    setMaxVcpus: async (domid, maxVcpus) => setMaxVcpus(await session.handle(), domid, maxVcpus),
    setTimeOffset: async (domid, offsetSeconds) => setTimeOffset(await session.handle(), domid, offsetSeconds),
    setTscMode: async (domid, mode) => setTscMode(await session.handle(), domid, TSC_MODES[mode]),
    pause: async (domid) => pauseDomain(await session.handle(), domid),
    unpause: async (domid) => unpauseDomain(await session.handle(), domid),
    shutdown: async (domid, reason) => shutdownDomain(await session.handle(), domid, SHUTDOWN_REASONS.indexOf(reason)),
    resume: async (domid) => resumeDomain(await session.handle(), domid),
    async destroy(domid) {
      const xc = await session.handle();
      const before = await domainInfo(xc, domid);
      await destroyDomain(xc, domid);
      for (let waitedMs = 0; waitedMs < DEATH_WAIT_MS; waitedMs += DEATH_POLL_MS) {
        const now = await domainInfo(xc, domid);
        if (now === undefined || (before !== undefined && now.handle !== before.handle)) return;
        // A dying domain without pages waits for nothing but its event channels' other ends.
        if (now.dying && now.totalPages === 0) return;
        await new Promise((resolve) => setTimeout(resolve, DEATH_POLL_MS));
      }
      throw new XenImageError('DOMAIN_LINGERS', `domain ${String(domid)} is dying, but its memory is still in use`, {
        phase: 'destroy',
        domain: { domid },
        hint: 'Another process still maps its pages (a device model, xenconsoled); the domain ends when it lets go.',
      });
    },
    async info(domid) {
      const raw = await domainInfo(await session.handle(), domid);
      return raw === undefined ? undefined : decode(raw);
    },
    list: async () => (await listDomains(await session.handle())).map(decode),
    changes: async (since) => domainChanges(await session.handle(), since),
  };
}
