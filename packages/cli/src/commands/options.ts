import type { ArgumentDefinition, OptionDefinition } from './definition.js';

/** The configuration of a guest. */
export const FILE: ArgumentDefinition = {
  name: 'FILE',
  description: 'configuration of the guest, in the syntax of xl.cfg; - reads standard input',
  required: true,
  complete: 'file',
};

/** A domain that runs. */
export const DOMAIN: ArgumentDefinition = {
  name: 'DOMAIN',
  description: "the domain's name or its domid",
  required: true,
  complete: 'domain',
};

/** The state of a device model. */
export const STATE: ArgumentDefinition = {
  name: 'FILE',
  description: "the state of the guest's emulated devices",
  required: true,
  complete: 'file',
};

/** Which hypervisor. */
export const DRIVER: readonly OptionDefinition[] = [
  {
    flags: '--driver <name>',
    description: 'libxc: the Xen this runs on (the default in a dom0); sim: a simulated host, kept in a file',
    complete: ['libxc', 'sim'],
    closed: true,
  },
  {
    flags: '--sim-state <file>',
    description: 'where the simulated host is kept (default: xen-image/sim.json in $XDG_STATE_HOME or ~/.local/state)',
    complete: 'file',
  },
  {
    flags: '--allow-untested-abi',
    description: 'take a Xen version that this was never run on; its calls may do anything',
  },
];

/** How a configuration is read. */
export const READING: readonly OptionDefinition[] = [
  {
    flags: '--profile <name>',
    description: 'modern: what xl.cfg means on the Xen of today (the default); xend: as xend did in 2009',
    complete: ['modern', 'xend'],
  },
  { flags: '--arch <arch>', description: "the guest's architecture (default: the host's)", complete: ['x86', 'ia64'] },
  {
    flags: '--without-devices',
    description: 'leave out devices that nothing here sets up a back end for, instead of refusing the guest',
  },
  {
    flags: '--no-dm-restrict',
    description: 'leave the device model the rights of root, as dm_restrict = 0 in the configuration does',
  },
];

/** Who carries it out. */
export const SERVICE: readonly OptionDefinition[] = [
  { flags: '--no-service', description: 'by this process, also where `xen-image serve` runs' },
];

/** Options of every command. */
export const COMMON: readonly OptionDefinition[] = [
  { flags: '--json', description: 'answer, or failure, as one JSON document on stdout' },
  { flags: '-q, --quiet', description: 'no progress and no remarks' },
  { flags: '--debug', description: 'show stack traces of errors' },
];
