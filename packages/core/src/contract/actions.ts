import type { CpuidLeaf } from './ports/cpu-policy.js';
import type { BuildSpec } from './ports/domain-builder.js';
import type { TscMode } from './ports/domains.js';
import type { HvmParam } from './ports/hvm-params.js';
import type { StorePermission } from './ports/xenstore.js';
import type { Deferred, Scalar, StoreValue } from './values.js';

/** The place in a handler's sequence that an action belongs to; plans group by it and refusals are placed by it. */
export type Section = string;

/** An error as data: what a failing check will throw. */
export interface ErrorSpec {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What all actions have in common. */
export interface ActionBase {
  readonly kind: string;
  readonly section: Section;
}

/** Adds seconds to UTC for the guest's clock. */
export interface SetTimeOffset extends ActionBase {
  readonly kind: 'set-time-offset';
  readonly offsetSeconds: number;
}

/** Says whether reads of the time stamp counter are emulated. */
export interface SetTscMode extends ActionBase {
  readonly kind: 'set-tsc-mode';
  readonly mode: TscMode;
}

/** Limits the memory map that a PV guest is shown. */
export interface SetMemmapLimit extends ActionBase {
  readonly kind: 'set-memmap-limit';
  readonly limitKib: number;
}

/** Sets an HVM parameter. */
export interface SetHvmParam extends ActionBase {
  readonly kind: 'set-hvm-param';
  readonly param: HvmParam;
  readonly value: Deferred<number>;
}

/** Reads an HVM parameter into the result `as`. */
export interface GetHvmParam extends ActionBase {
  readonly kind: 'get-hvm-param';
  readonly param: HvmParam;
  readonly as: string;
}

/** Builds the guest; the builder's answer becomes the result `image`, its frames `storeFrame` and `consoleFrame`. */
export interface Build extends ActionBase {
  readonly kind: 'build';
  readonly spec: BuildSpec;
}

/** Fails with code `BUILD_FAILED` unless the build answered a result. */
export interface RequireBuilt extends ActionBase {
  readonly kind: 'require-built';
  readonly ostype: string;
}

/** Gives the domain the default CPUID policy, with these masks over it. */
export interface ApplyCpuPolicy extends ActionBase {
  readonly kind: 'apply-cpu-policy';
  readonly overrides: readonly CpuidLeaf[];
}

/** Sets a leaf's masks after the policy was applied; the answer is kept in the result `cpuid`. */
export interface SetCpuid extends ActionBase {
  readonly kind: 'set-cpuid';
  readonly leaf: CpuidLeaf;
}

/** Reads a leaf from the domain's policy into the result `cpuid`. */
export interface ReadCpuid extends ActionBase {
  readonly kind: 'read-cpuid';
  readonly leaf: CpuidLeaf;
}

/** Compares a leaf's masks with what the host can give; the answer is kept in the result `cpuidCheck`. */
export interface CheckCpuid extends ActionBase {
  readonly kind: 'check-cpuid';
  readonly leaf: CpuidLeaf;
}

/** Where a store path begins: the VM's record, the domain's directory, its device model's directory, or the root. */
export type StoreRoot = 'vm' | 'domain' | 'device-model' | 'absolute';

/** Writes nodes below one place, as one change. */
export interface WriteStore extends ActionBase {
  readonly kind: 'write-store';
  readonly root: StoreRoot;
  /** Below the root; empty for the root itself. */
  readonly path: string;
  /** Paths relative to `path`, with their values, in order. */
  readonly entries: readonly (readonly [string, StoreValue])[];
  /** Permissions of each node written; inherited where not given. */
  readonly permissions?: readonly PermissionSpec[];
}

/** A permission whose domid may be the guest's own. */
export type PermissionSpec = Omit<StorePermission, 'domid'> & { readonly domid: Deferred<number> };

/** Sets the permissions of one node. */
export interface SetStorePermissions extends ActionBase {
  readonly kind: 'set-store-permissions';
  readonly root: StoreRoot;
  readonly path: string;
  readonly permissions: readonly PermissionSpec[];
}

/**
 * Facts for the record, by group; the profile's record policy turns them into store writes, or drops them, while the
 * plan is made.
 */
export interface RecordFacts extends ActionBase {
  readonly kind: 'record';
  /** `image`, `password`, `power-management`, `device-model`, `platform-device`, `clock` or a third party's. */
  readonly group: string;
  readonly facts: Readonly<Record<string, StoreValue>>;
}

/** Looks whether a path holds what it must. */
export interface CheckPath extends ActionBase {
  readonly kind: 'check-path';
  readonly path: string;
  readonly want: 'file' | 'exists';
  readonly error: ErrorSpec;
}

/** Looks whether the hypervisor's capabilities contain a text. */
export interface RequireCapability extends ActionBase {
  readonly kind: 'require-capability';
  readonly capability: string;
  readonly error: ErrorSpec;
}

/** Ends the step with an error that was known when the plan was made. */
export interface Refuse extends ActionBase {
  readonly kind: 'refuse';
  readonly error: ErrorSpec;
}

/** Tells the operator something and goes on. */
export interface Warn extends ActionBase {
  readonly kind: 'warn';
  readonly code: string;
  readonly message: string;
}

/** Adds a note to the build's result. */
export interface Note extends ActionBase {
  readonly kind: 'note';
  readonly key: string;
  readonly value: Exclude<Scalar, null>;
  /** Whether the notes so far, the builder's own among them, go. */
  readonly replace?: boolean;
}

/** Removes a file; a failure is a warning. */
export interface RemoveFile extends ActionBase {
  readonly kind: 'remove-file';
  readonly path: string;
}

/** An action of a kind that a plugin registered. */
export interface PluginAction extends ActionBase {
  readonly kind: `${string}:${string}`;
  readonly args: Readonly<Record<string, unknown>>;
}

/** One thing for the executor to do, as plain data. */
export type Action =
  | SetTimeOffset
  | SetTscMode
  | SetMemmapLimit
  | SetHvmParam
  | GetHvmParam
  | Build
  | RequireBuilt
  | ApplyCpuPolicy
  | SetCpuid
  | ReadCpuid
  | CheckCpuid
  | WriteStore
  | SetStorePermissions
  | RecordFacts
  | CheckPath
  | RequireCapability
  | Refuse
  | Warn
  | Note
  | RemoveFile
  | PluginAction;

/** The kinds that core knows; a kind of a plugin's has a colon in it. */
export type CoreActionKind = Exclude<Action, PluginAction>['kind'];

const KINDS: Readonly<Record<CoreActionKind, true>> = {
  'set-time-offset': true,
  'set-tsc-mode': true,
  'set-memmap-limit': true,
  'set-hvm-param': true,
  'get-hvm-param': true,
  build: true,
  'require-built': true,
  'apply-cpu-policy': true,
  'set-cpuid': true,
  'read-cpuid': true,
  'check-cpuid': true,
  'write-store': true,
  'set-store-permissions': true,
  record: true,
  'check-path': true,
  'require-capability': true,
  refuse: true,
  warn: true,
  note: true,
  'remove-file': true,
};

/** The kinds of action that core carries out without any plugin. */
export const CORE_ACTION_KINDS = Object.keys(KINDS) as readonly CoreActionKind[];

/**
 * The steps of a domain's creation that hold actions, in the order in which they run.
 *
 * `finish` stands apart from `afterBuild` because core appends the CPUID actions to the latter.
 */
export const STEPS = ['configure', 'beforeBuild', 'build', 'afterBuild', 'finish'] as const;

/** A step that holds actions; `restore` and `cleanup` run at other times. */
export type Step = (typeof STEPS)[number] | 'restore' | 'cleanup';

/** The action lists of a plan. */
export type ActionLists = { readonly [step in Step]: readonly Action[] };
