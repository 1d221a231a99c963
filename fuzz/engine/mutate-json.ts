import type { Random } from './random.js';

/** Values that readers of JSON do not expect where they stand. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  1e21,
  2 ** 53,
  -(2 ** 31),
  '',
  '0',
  '08',
  '-1',
  'x',
  '\u001b[2J\n',
  '../../etc/passwd',
  [],
  [[]],
  [null],
  {},
  { toString: 1 },
  { length: 4294967295 },
];

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value as Record<string, unknown>, key });
    placesOf((value as Record<string, unknown>)[key], found);
  }
  return found;
}

/** An own property of any name: `__proto__` is what its name says only in JSON text. */
function put(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** JSON text with a few of its values changed; the text itself where it is no JSON. */
export function mutateJson(input: Buffer, random: Random): Buffer {
  let value: unknown;
  try {
    value = JSON.parse(input.toString());
  } catch {
    return input;
  }
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const places = placesOf(value);
    if (places.length === 0) return input;
    const { holder, key } = random.pick(places);
    const other = random.pick(places);
    switch (random.below(6)) {
      case 0:
        put(holder, key, structuredClone(random.pick(STRANGE)));
        break;
      case 1:
        Reflect.deleteProperty(holder, key);
        break;
      case 2:
        put(holder, key, structuredClone(other.holder[other.key]));
        break;
      case 3:
        if (!Array.isArray(holder)) put(holder, random.pick(['__proto__', 'constructor', other.key]), { polluted: 1 });
        break;
      case 4:
        if (random.once(10)) put(holder, key, nested(1 + random.below(600)));
        break;
      default:
        put(holder, key, typeof holder[key] === 'number' ? String(holder[key]) : random.below(100_000));
    }
  }
  return Buffer.from(JSON.stringify(value));
}
