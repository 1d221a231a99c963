import type { Action } from '../contract/actions.js';
import type { HostFacts } from '../contract/host-facts.js';
import type { ImagePlan, PlannedDeviceModel } from './image-plan.js';

/** What stands in a plan's JSON form where a password was. */
export const SECRET = '<secret>';

/** A type as JSON has it: bytes in base64, functions gone. */
export type AsJson<T> = T extends Uint8Array
  ? { readonly base64: string }
  : T extends (...args: never[]) => unknown
    ? never
    : T extends readonly (infer E)[]
      ? readonly AsJson<E>[]
      : T extends object
        ? { readonly [K in keyof T]: AsJson<T[K]> }
        : T;

/** A plan as plain JSON data: what {@link planJson} gives. */
export type PlanJson = AsJson<Omit<ImagePlan, 'math'>>;

/** Names of nodes that hold passwords: xend's `vncpasswd`, and what others call theirs. */
const SECRET_NODE = /(?:^|\/)[^/]*passw(?:or)?d$/i;

/**
 * A plan with passwords replaced by {@link SECRET} wherever it has them: in the configuration, in the device model's
 * part, and in values to be stored. For printing; it cannot be carried out.
 */
export function redactPlan(plan: ImagePlan): ImagePlan {
  const secrets = secretsOf(plan);
  const clean = (actions: readonly Action[]): Action[] => actions.map((action) => withoutSecrets(action, secrets));
  return {
    ...plan,
    config: withoutPassword(plan.config),
    deviceModel: withoutVncPassword(plan.deviceModel),
    actions: mapValues(plan.actions, clean),
    records: {
      ...plan.records,
      created: clean(plan.records.created),
      built: clean(plan.records.built),
      introduced: clean(plan.records.introduced),
    },
  };
}

/** Host facts with the host's VNC password, where it has one, replaced by {@link SECRET}. */
export function redactFacts(facts: HostFacts): HostFacts {
  if (facts.options.vncPassword === null) return facts;
  return { ...facts, options: { ...facts.options, vncPassword: SECRET } };
}

/** A plan as plain data for files, logs and other programs, passwords replaced as by {@link redactPlan}. */
export function planJson(plan: ImagePlan): PlanJson {
  // The functions of `math` go with it; its figures for this plan are in `memory`.
  const data: Partial<ImagePlan> = { ...redactPlan(plan), math: undefined as never };
  return asJson(data) as PlanJson;
}

function secretsOf({ config, deviceModel }: ImagePlan): ReadonlySet<unknown> {
  const { vnc } = config.display;
  const known = [vnc?.password?.value, vnc?.password?.spelling, deviceModel.vncPassword];
  return new Set(known.filter((value) => value !== undefined && value !== null && value !== ''));
}

function withoutPassword(config: ImagePlan['config']): ImagePlan['config'] {
  const { display } = config;
  if (display.vnc?.password == null) return config;
  return { ...config, display: { ...display, vnc: { ...display.vnc, password: { value: SECRET, spelling: SECRET } } } };
}

function withoutVncPassword(deviceModel: PlannedDeviceModel): PlannedDeviceModel {
  return deviceModel.vncPassword === null ? deviceModel : { ...deviceModel, vncPassword: SECRET };
}

/** What an action stores or, where it is a plugin's, all that it is given. */
function withoutSecrets(action: Action, secrets: ReadonlySet<unknown>): Action {
  if (action.kind === 'write-store') {
    const hidden = (key: string, value: unknown): boolean =>
      value !== null && value !== '' && (secrets.has(value) || SECRET_NODE.test(key));
    return {
      ...action,
      entries: action.entries.map(([key, value]) => [key, hidden(key, value) ? SECRET : value] as const),
    };
  }
  return 'args' in action ? { ...action, args: replaced(action.args, secrets) } : action;
}

function replaced<T>(value: T, secrets: ReadonlySet<unknown>): T {
  if (secrets.has(value)) return SECRET as T;
  if (Array.isArray(value)) return value.map((item: unknown) => replaced(item, secrets)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return mapValues(value as Record<string, unknown>, (item) => replaced(item, secrets)) as T;
}

/** A copy without functions and with bytes in base64. */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  return mapValues(value as Record<string, unknown>, asJson);
}

function mapValues<T extends object, R>(object: T, map: (value: T[keyof T]) => R): { [K in keyof T]: R } {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined && typeof value !== 'function')
      .map(([key, value]) => [key, map(value as T[keyof T])]),
  ) as { [K in keyof T]: R };
}
