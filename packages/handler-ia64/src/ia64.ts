import { token, type ActionKindRegistration, type PluginAction } from '@xen-image/core/plugin';

/** What only ia64 has. Rejections as of core's ports: coded, with the call and its errno. */
export interface Ia64 {
  /** Makes or finds the domain's NVRAM, kept under its name: `xc_ia64_nvram_init` (Xen 3.2 to 4.2). */
  initNvram(domid: number, name: string): Promise<void>;
  /** Tells the firmware which system it boots, in lower case: `xc_ia64_set_os_type`. */
  setOsType(domid: number, osType: string): Promise<void>;
}

/** The port of the calls that only ia64 has; a driver for that arch registers it. */
export const IA64 = token<Ia64>('@xen-image/handler-ia64', 'Ia64');

/** Sets up the NVRAM of a domain. */
export interface InitNvram extends PluginAction {
  readonly kind: 'ia64:init-nvram';
  readonly args: { readonly name: string };
}

/** Tells the firmware of a domain which system it boots. */
export interface SetOsType extends PluginAction {
  readonly kind: 'ia64:set-os-type';
  readonly args: { readonly osType: string };
}

/** The kind `ia64:init-nvram`. */
export const initNvramKind: ActionKindRegistration = {
  kind: 'ia64:init-nvram',
  execute: (action, context) => context.port(IA64).initNvram(context.domid, (action as InitNvram).args.name),
  describe: (action) => `set up the NVRAM of ${(action as InitNvram).args.name}`,
};

/** The kind `ia64:set-os-type`. */
export const setOsTypeKind: ActionKindRegistration = {
  kind: 'ia64:set-os-type',
  execute: (action, context) => context.port(IA64).setOsType(context.domid, (action as SetOsType).args.osType),
  describe: (action) => `tell the firmware that the guest is ${(action as SetOsType).args.osType}`,
};
