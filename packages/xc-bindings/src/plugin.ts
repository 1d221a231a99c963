import {
  CONTRACT_VERSION,
  CPU_POLICY,
  definePlugin,
  DOMAIN_BUILDER,
  DOMAINS,
  EVENT_CHANNELS,
  HOST,
  HVM_PARAMS_PORT,
  MEMORY,
  type Plugin,
} from '@xen-image/core';
import { kernelCache, type KernelCache } from './builder/kernel-cache.js';
import { openLibraries, type OpenLibrariesOptions, type XenLibraries } from './library/libraries.js';
import { builderPort } from './ports/builder.js';
import { eventChannelsPort, hvmParamsPort } from './ports/channels.js';
import { cpuPolicyPort } from './ports/cpu-policy.js';
import { domainsPort } from './ports/domains.js';
import { hostPort, type HostOverrides } from './ports/host.js';
import { memoryPort } from './ports/memory.js';
import { XC_SESSION, xcSession } from './ports/session.js';

/** How the plugin reaches the hypervisor. */
export interface XenPluginOptions extends OpenLibrariesOptions {
  /** Host options where they are not what this finds on the machine. */
  readonly host?: HostOverrides;
  /** Where unpacked kernels are kept; a cache of the plugin's own where not given. */
  readonly kernels?: KernelCache;
}

/**
 * The plugin that registers the ports to the hypervisor this runs on. Libraries are loaded when an operation first needs
 * them, once for all; each operation opens a handle of its own.
 */
export function xenPlugin(options: XenPluginOptions = {}): Plugin {
  const kernels = options.kernels ?? kernelCache();
  let loading: Promise<XenLibraries> | undefined;
  const libraries = (): Promise<XenLibraries> => {
    loading ??= openLibraries(options);
    loading.catch(() => (loading = undefined));
    return loading;
  };
  return definePlugin({
    name: '@xen-image/xc-bindings',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: XC_SESSION, create: (scope) => xcSession(libraries, scope) });
      context.port({ token: DOMAINS, create: (scope) => domainsPort(scope.get(XC_SESSION)) });
      context.port({ token: MEMORY, create: (scope) => memoryPort(scope.get(XC_SESSION)) });
      context.port({ token: EVENT_CHANNELS, create: (scope) => eventChannelsPort(scope.get(XC_SESSION)) });
      context.port({ token: HVM_PARAMS_PORT, create: (scope) => hvmParamsPort(scope.get(XC_SESSION)) });
      context.port({ token: CPU_POLICY, create: (scope) => cpuPolicyPort(scope.get(XC_SESSION)) });
      context.port({ token: DOMAIN_BUILDER, create: (scope) => builderPort(scope.get(XC_SESSION), kernels) });
      context.port({ token: HOST, create: (scope) => hostPort(scope.get(XC_SESSION), options.host) });
    },
  });
}
