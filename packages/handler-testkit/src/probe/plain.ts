/** Freezes a value and all that it holds; bytes of typed arrays cannot be frozen and stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

function whatIsWrong(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `the number ${value}`;
    case 'object':
      break;
    default:
      return `a ${typeof value}`;
  }
  if (value === null || value instanceof Uint8Array || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Runners load modules in realms of their own: a plain object is one whose prototype has none.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  return `an instance of ${(prototype as object).constructor.name}`;
}

/**
 * Where in a value something stands that is no plain data: functions, instances of classes, numbers that are none,
 * getters, and `undefined`. Empty where all of it can be printed, kept and sent.
 */
export function notPlain(value: unknown, path: string, seen: readonly object[] = []): string[] {
  const wrong = whatIsWrong(value);
  if (wrong !== undefined) return [`${path} is ${wrong}`];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if (seen.includes(value)) return [`${path} holds itself`];
  return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([key, descriptor]) => {
    if (descriptor.enumerable !== true) return [];
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    if (descriptor.get !== undefined) return [`${place} is computed when it is looked at`];
    return notPlain(descriptor.value, place, [...seen, value]);
  });
}

/** Whether a value is a promise, or looks like one. */
export function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** A copy of plain data, in the realm of this module, so that it can be compared with its original. */
export function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value.slice() as T;
  if (Array.isArray(value)) return value.map(copied) as T;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copied(part as unknown)])) as T;
}
