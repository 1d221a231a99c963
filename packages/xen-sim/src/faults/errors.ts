import { XenImageError } from '@xen-image/core';
import { refuse } from '../hypervisor/refuse.js';
import { storeError } from '../store/errors.js';

/** libxc's name of each call of the hypervisor's ports, and the errnos that it can give. */
const HYPERVISOR: Readonly<Record<string, readonly [call: string, ...errnos: string[]]>> = {
  'Domains.create': ['xc_domain_create', 'ENOMEM', 'EINVAL', 'EOPNOTSUPP', 'EPERM', 'EEXIST'],
  'Domains.setMaxVcpus': ['xc_domain_max_vcpus', 'ENOMEM', 'EINVAL', 'ESRCH'],
  'Domains.setTimeOffset': ['xc_domain_set_time_offset', 'ESRCH', 'EPERM'],
  'Domains.setTscMode': ['xc_domain_set_tsc_info', 'EINVAL', 'ESRCH'],
  'Domains.pause': ['xc_domain_pause', 'ESRCH', 'EINVAL', 'EOVERFLOW'],
  'Domains.unpause': ['xc_domain_unpause', 'ESRCH', 'EINVAL'],
  'Domains.shutdown': ['xc_domain_shutdown', 'ESRCH', 'EPERM'],
  'Domains.resume': ['xc_domain_resume', 'ESRCH', 'EPERM'],
  'Domains.destroy': ['xc_domain_destroy', 'ESRCH', 'EPERM', 'EINVAL'],
  'Domains.info': ['xc_domain_getinfo', 'EPERM', 'EFAULT'],
  'Domains.list': ['xc_domain_getinfolist', 'EPERM', 'EFAULT'],
  'Domains.changes': ['xc_domain_getinfolist', 'EPERM', 'EFAULT'],
  'Memory.physical': ['xc_physinfo', 'EPERM', 'EFAULT'],
  'Memory.setMaxMemory': ['xc_domain_setmaxmem', 'ESRCH', 'EPERM'],
  'Memory.setMemmapLimit': ['xc_domain_set_memmap_limit', 'ESRCH', 'ENOMEM', 'EINVAL'],
  'Memory.setPagingPool': ['xc_set_paging_mempool_size', 'ENOMEM', 'EINVAL', 'EOPNOTSUPP', 'ESRCH'],
  'Memory.claim': ['xc_domain_claim_pages', 'ENOMEM', 'EINVAL', 'ESRCH'],
  'EventChannels.allocateUnbound': ['xc_evtchn_alloc_unbound', 'ENOSPC', 'ENOMEM', 'ESRCH', 'EINVAL'],
  'HvmParams.set': ['xc_hvm_param_set', 'EINVAL', 'EEXIST', 'ESRCH', 'EPERM'],
  'HvmParams.get': ['xc_hvm_param_get', 'EINVAL', 'ESRCH'],
  'CpuPolicy.apply': ['xc_cpuid_apply_policy', 'EINVAL', 'EEXIST', 'ENOMEM', 'ESRCH'],
  'CpuPolicy.set': ['xc_cpuid_set', 'EINVAL', 'EEXIST', 'ESRCH'],
  'CpuPolicy.read': ['xc_cpu_policy_get_domain', 'EINVAL', 'ENOMEM', 'ESRCH'],
  'CpuPolicy.check': ['xc_cpuid_check', 'EINVAL'],
  'DomainBuilder.build': ['xc_dom_boot_mem_init', 'EBUSY', 'ENOMEM', 'EINVAL', 'ENOENT', 'EFAULT', 'ESRCH'],
  'Ia64.initNvram': ['xc_ia64_nvram_init', 'ENOENT', 'EINVAL'],
  'Ia64.setOsType': ['xc_ia64_set_os_type', 'EINVAL', 'ESRCH'],
};

/** Requests of the store's methods, and the errnos that xenstored can give. */
const STORE: Readonly<Record<string, readonly [request: string, ...errnos: string[]]>> = {
  read: ['READ', 'EIO', 'EACCES'],
  list: ['DIRECTORY', 'EIO', 'EACCES'],
  permissions: ['GET_PERMS', 'EIO', 'EACCES'],
  write: ['WRITE', 'ENOSPC', 'EIO', 'EACCES', 'E2BIG'],
  setPermissions: ['SET_PERMS', 'ENOENT', 'EIO', 'EACCES'],
  remove: ['RM', 'EIO', 'EACCES'],
  transaction: ['TRANSACTION_END', 'EAGAIN', 'ENOSPC', 'EIO'],
  watch: ['WATCH', 'EEXIST', 'E2BIG', 'ENOMEM'],
  introduce: ['INTRODUCE', 'EINVAL', 'ENOMEM', 'EACCES'],
  resume: ['RESUME', 'ENOENT', 'EINVAL'],
  release: ['RELEASE', 'ENOENT', 'EINVAL'],
};

const FILES = ['EIO', 'ENOSPC', 'EACCES', 'ENOENT'];
const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  'DeviceModels.restriction': ['EACCES', 'EIO'],
  'DeviceModels.start': ['ENOENT', 'EACCES', 'ECHILD', 'ETIMEDOUT'],
  'DeviceModels.stop': ['EPERM', 'ETIMEDOUT'],
  'DeviceModels.save': ['EIO', 'ENOSPC', 'ETIMEDOUT'],
  'DeviceModels.cont': ['EIO', 'ETIMEDOUT'],
  'DeviceModels.resume': ['EPIPE', 'ETIMEDOUT'],
  'Host.facts': ['EIO'],
  'Host.capabilities': ['EIO'],
  'Host.pathKind': ['EIO', 'EACCES'],
  'Host.removeFile': FILES,
  'Posix.mkfifo': ['EEXIST', ...FILES],
  'Posix.tryLock': FILES,
  'Posix.release': ['EIO'],
  'Posix.spawn': ['ENOENT', 'EACCES', 'ENOMEM', 'E2BIG'],
  'KeptDomains.keep': FILES,
  'KeptDomains.read': ['EIO', 'EACCES'],
  'KeptDomains.forget': FILES,
  'KeptDomains.list': ['EIO', 'EACCES'],
  'KeptDomains.tryLock': FILES,
  'KeptDomains.release': ['EIO'],
  'Journal.open': FILES,
  'Journal.update': FILES,
  'Journal.close': FILES,
  'Journal.leave': FILES,
  'Journal.list': FILES,
  'Journal.abandoned': FILES,
};

/** The codes of ports that are kept in files. */
const FILE_CODES: Readonly<Record<string, string>> = { Journal: 'JOURNAL_FAILED', KeptDomains: 'DOMAIN_KEEP_FAILED' };

/** The errnos that a call of a port can give; for each a real host could refuse it so. */
export function errnosOf(call: string): readonly string[] {
  const [, ...hypervisor] = own(HYPERVISOR, call) ?? [];
  const [, ...store] = own(STORE, storeMethod(call) ?? '') ?? [];
  return [...hypervisor, ...store, ...(own(SYSTEM, call) ?? [])];
}

/** The error that a call of a port fails with for an errno, in the form that its port promises. */
export function faultError(call: string, errno: string, args: readonly unknown[]): XenImageError {
  const domid = typeof args[0] === 'number' ? { domid: args[0] } : {};
  const [hypercall] = own(HYPERVISOR, call) ?? [];
  if (hypercall !== undefined) return refuse(hypercall, errno, domid);
  const method = storeMethod(call);
  if (method !== undefined) {
    return storeError(errno, own(STORE, method)?.[0] ?? method, typeof args[0] === 'string' ? args[0] : undefined);
  }
  if (call.startsWith('DeviceModels.')) return deviceModelFault(call, errno);
  const [port = ''] = call.split('.');
  const code = call === 'Host.removeFile' ? 'FILE_REMOVE_FAILED' : (FILE_CODES[port] ?? 'SYSTEM_CALL_FAILED');
  return new XenImageError(code, `${call} failed (${errno})`, { call, errno });
}

function deviceModelFault(call: string, errno: string): XenImageError {
  if (call === 'DeviceModels.save' || call === 'DeviceModels.cont') {
    const qmp = errno === 'ETIMEDOUT' ? 'QMP_TIMEOUT' : 'QMP_FAILED';
    return new XenImageError(qmp, `${call} failed (${errno})`, { phase: 'device-model', call, errno });
  }
  const code =
    errno === 'ETIMEDOUT'
      ? 'DEVICE_MODEL_TIMEOUT'
      : call === 'DeviceModels.start' && errno !== 'ECHILD'
        ? 'DEVICE_MODEL_NOT_EXECUTABLE'
        : 'DEVICE_MODEL_DIED';
  return new XenImageError(code, `${call} failed (${errno})`, { phase: 'device-model', call, errno });
}

/** The store's method that a call names, within a transaction or not. */
function storeMethod(call: string): string | undefined {
  return call.startsWith('XenStore.') ? call.slice(call.lastIndexOf('.') + 1) : undefined;
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
