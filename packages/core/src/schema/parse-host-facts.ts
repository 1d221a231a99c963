import type { HostFacts } from '../contract/host-facts.js';
import { XenImageError } from '../errors.js';
import { hostFactsSchema } from './host-facts.js';
import { parseWith } from './parse.js';

/**
 * Host facts from JSON text: the facts themselves, or a document of `xen-image plan --json`, which has them in it.
 *
 * @throws XenImageError `HOST_FACTS_INVALID`
 */
export function parseHostFacts(text: string, file = 'the host facts'): HostFacts {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new XenImageError('HOST_FACTS_INVALID', `${file} is not JSON: ${why}`, { phase: 'config', cause: error });
  }
  return parseWith(hostFactsSchema, factsIn(document), 'HOST_FACTS_INVALID', `${file} does not hold host facts`);
}

function factsIn(document: unknown): unknown {
  const host = property(document, 'host');
  return property(host, 'facts') ?? document;
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
