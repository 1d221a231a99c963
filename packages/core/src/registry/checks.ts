import { CONTRACT_VERSION, type HandlerRegistration, type Plugin } from '../contract/plugin.js';
import { XenImageError } from '../errors.js';

/** What stands before every message about a plugin. */
function named(plugin: unknown): string {
  const name = (plugin as { name?: unknown } | null)?.name;
  return typeof name === 'string' && name !== '' ? `plugin ${name}` : 'a plugin without a name';
}

/**
 * Looks whether a value has the shape of a plugin.
 *
 * @throws XenImageError `PLUGIN_SHAPE`
 */
export function checkPluginShape(plugin: unknown): asserts plugin is Plugin {
  const candidate = plugin as Partial<Plugin> | null;
  const lacks =
    typeof candidate !== 'object' || candidate === null
      ? 'it is no object'
      : typeof candidate.name !== 'string' || candidate.name === ''
        ? 'its name is no text'
        : typeof candidate.contract !== 'number'
          ? 'its contract version is no number'
          : typeof candidate.register !== 'function'
            ? 'it has no register function'
            : undefined;
  if (lacks === undefined) return;
  throw new XenImageError('PLUGIN_SHAPE', `${named(plugin)} cannot be used: ${lacks}`, {
    phase: 'config',
    hint: 'A plugin is what definePlugin({ name, contract, register }) returns.',
  });
}

/**
 * Looks whether a plugin was written for the contract that this core speaks.
 *
 * @throws XenImageError `PLUGIN_CONTRACT`, naming both versions
 */
export function checkContract(plugin: Plugin): void {
  if (plugin.contract === CONTRACT_VERSION) return;
  const newer = plugin.contract > CONTRACT_VERSION;
  throw new XenImageError(
    'PLUGIN_CONTRACT',
    `${named(plugin)} speaks contract version ${plugin.contract}, this @xen-image/core speaks ${CONTRACT_VERSION}`,
    {
      phase: 'config',
      hint: newer ? 'Upgrade @xen-image/core, or use an older release of the plugin.' : 'Upgrade the plugin.',
      data: { plugin: plugin.name, pluginContract: plugin.contract, coreContract: CONTRACT_VERSION },
    },
  );
}

/**
 * Looks whether `register` was done when it returned.
 *
 * @throws XenImageError `PLUGIN_SHAPE`
 */
export function checkRegistered(plugin: Plugin, answer: unknown): void {
  if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== 'function') return;
  // What becomes of it is nobody's any more: a rejection must not end the process.
  (answer as PromiseLike<unknown>).then(undefined, () => undefined);
  throw new XenImageError('PLUGIN_SHAPE', `${named(plugin)} cannot be used: its register function answers a promise`, {
    phase: 'config',
    hint: 'Registering is done when register returns; what takes time belongs before definePlugin, or into a port.',
    data: { plugin: plugin.name },
  });
}

const SUPPORT_FLAGS = ['deviceModel', 'restore', 'cpuid', 'superpages'] as const;

/**
 * Looks whether a handler's registration has the contract's shape. Of a class only that it is one can be seen.
 *
 * @throws XenImageError `HANDLER_SHAPE`
 */
export function checkHandlerShape(plugin: Plugin, registration: HandlerRegistration): void {
  const fail = (why: string): never => {
    throw new XenImageError('HANDLER_SHAPE', `${named(plugin)} registers a handler that cannot be used: ${why}`, {
      phase: 'config',
      data: { plugin: plugin.name },
    });
  };
  for (const key of ['arch', 'imageType'] as const) {
    const value: unknown = registration[key];
    if (typeof value !== 'string' || !/^[a-z0-9][a-z0-9_.-]*$/.test(value)) {
      fail(`its ${key} ${JSON.stringify(value)} is not a lower-case word`);
    }
  }
  if (typeof registration.handler === 'function') return;
  checkHandlerValue(registration.handler, fail);
}

/** The part of {@link checkHandlerShape} that looks at the handler itself; also used on what a class constructs. */
export function checkHandlerValue(handler: unknown, fail: (why: string) => never): void {
  const value = handler as { supports?: Record<string, unknown> | null; memory?: unknown; plan?: unknown } | null;
  if (typeof value !== 'object' || value === null) return fail('it is no object');
  if (typeof value.memory !== 'function') return fail('it has no memory function');
  if (typeof value.plan !== 'function') return fail('it has no plan function');
  const supports = value.supports;
  if (typeof supports !== 'object' || supports === null) return fail('it does not say what it supports');
  if (supports['container'] !== 'pv' && supports['container'] !== 'hvm') {
    return fail('supports.container is neither pv nor hvm');
  }
  for (const flag of SUPPORT_FLAGS) {
    if (typeof supports[flag] !== 'boolean') return fail(`supports.${flag} is no boolean`);
  }
}
