import type { Figure } from '@xen-image/core/plugin';

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  max: (...values) => Math.max(...values),
  min: (...values) => Math.min(...values),
  ceil: (value = NaN) => Math.ceil(value),
  floor: (value = NaN) => Math.floor(value),
};

/** Names of inputs that a formula used, and what it came to. */
export interface WorkedOut {
  readonly value: number;
  readonly used: ReadonlySet<string>;
}

/**
 * Works a figure's formula out over its inputs: numbers, names of inputs, `+ - * /`, parentheses, `max(…)`, `min(…)`,
 * `ceil(…)` and `floor(…)`.
 *
 * @throws TypeError where the formula is no such text, naming what was met
 */
export function workOut({ formula, inputs }: Pick<Figure, 'formula' | 'inputs'>): WorkedOut {
  const tokens = formula.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|[-+*/(),]|\S/g) ?? [];
  const used = new Set<string>();
  let at = 0;

  const fail = (): never => {
    throw new TypeError(`the formula ${JSON.stringify(formula)} cannot be read at ${tokens[at] ?? 'its end'}`);
  };
  const take = (wanted: string): void => {
    if (tokens[at] !== wanted) fail();
    at += 1;
  };
  const call = (name: string): number => {
    const values: number[] = [];
    take('(');
    do {
      values.push(sum());
    } while (tokens[at] === ',' && ++at > 0);
    take(')');
    return FUNCTIONS[name]?.(...values) ?? fail();
  };
  const operand = (): number => {
    const token = tokens[at];
    if (token === undefined) return fail();
    if (token === '(') {
      at += 1;
      const value = sum();
      take(')');
      return value;
    }
    if (/^\d/.test(token)) {
      at += 1;
      return Number(token);
    }
    if (!/^[A-Za-z_]/.test(token)) return fail();
    if (Object.hasOwn(FUNCTIONS, token) && tokens[at + 1] === '(') {
      at += 1;
      return call(token);
    }
    const input = Object.hasOwn(inputs, token) ? inputs[token] : undefined;
    if (input === undefined) throw new TypeError(`the formula ${JSON.stringify(formula)} has no input ${token}`);
    used.add(token);
    at += 1;
    return input;
  };
  const product = (): number => {
    let value = operand();
    for (let sign = tokens[at]; sign === '*' || sign === '/'; sign = tokens[at]) {
      at += 1;
      value = sign === '*' ? value * operand() : value / operand();
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    for (let sign = tokens[at]; sign === '+' || sign === '-'; sign = tokens[at]) {
      at += 1;
      value = sign === '+' ? value + product() : value - product();
    }
    return value;
  };

  const value = sum();
  if (at !== tokens.length) fail();
  return { value, used };
}
