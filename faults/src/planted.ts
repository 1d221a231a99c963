import {
  DEVICE_MODELS,
  DOMAINS,
  KEPT_DOMAINS,
  MEMORY,
  XENSTORE,
  XenImageError,
  type Plugin,
  type PortRegistration,
  type Token,
} from '@xen-image/core';
import type { Meddle } from './host/host.js';
import { expect, type Codes } from './points/failure.js';
import { singlePoints, type Ground, type Point } from './points/point.js';
import { referenceOf } from './points/scenario.js';
import { SCENARIOS } from './scenarios.js';
import type { Suite } from './suite.js';

type Method = (...args: never[]) => unknown;

/** A plugin whose port has another method in place of one of its own. */
function planted<T>(token: Token<T>, method: string, make: (own: Method, port: object) => Method): Meddle {
  const changed = (port: object): object => {
    const own = (port as Record<string, Method>)[method];
    return own === undefined ? port : { ...port, [method]: make(own, port) };
  };
  return (plugin: Plugin): Plugin => ({
    ...plugin,
    register: (context) => {
      plugin.register({
        ...context,
        port: <P>(registration: PortRegistration<P>) => {
          const create: typeof registration.create = (scope) =>
            (registration.token as symbol) === token
              ? (changed(registration.create(scope) as object) as P)
              : registration.create(scope);
          context.port<P>({ ...registration, create });
        },
      });
    },
  });
}

const nothing = (): Method => () => Promise.resolve();

/** Defects that the harness must see, each with the operation that it shows itself in. */
const DEFECTS: readonly (readonly [what: string, scenario: string, meddle: Meddle])[] = [
  ['destroys no domain', 'pv create', planted(DOMAINS, 'destroy', nothing)],
  ['removes no node', 'pv create', planted(XENSTORE, 'remove', nothing)],
  ['forgets nothing that it keeps', 'pv create', planted(KEPT_DOMAINS, 'forget', nothing)],
  ['stops no device model', 'hvm create', planted(DEVICE_MODELS, 'stop', nothing)],
  [
    'pauses a bystander',
    'pv create',
    planted(DOMAINS, 'setMaxVcpus', (own, port) => async (...args) => {
      await own(...args);
      await (port as { pause(domid: number): Promise<void> }).pause(1);
    }),
  ],
  [
    'leaves a rejection to nobody',
    'pv create',
    planted(MEMORY, 'claim', (own) => (...args) => {
      void Promise.reject(new Error('nobody looks'));
      return own(...args);
    }),
  ],
  [
    'fails with a code that no document has',
    'pv create',
    planted(DOMAINS, 'unpause', () => () => Promise.reject(new XenImageError('NO_SUCH_CODE', 'refused'))),
  ],
];

/** As many points are tried before a defect counts as not seen. */
const MOST_POINTS = 400;

/** The harness itself: a driver with a planted defect is found out. */
export const PLANTED: Suite = {
  name: 'planted defects',
  async *points(codes: Codes): AsyncGenerator<Point> {
    for (const [what, name, meddle] of DEFECTS) {
      const scenario = SCENARIOS.find((one) => one.name === name);
      if (scenario === undefined) throw new TypeError(`there is no scenario ${name}`);
      const reference = await referenceOf(scenario);
      yield {
        kind: 'planted defect',
        name: `a driver that ${what}`,
        async run() {
          expect(await isSeen({ scenario, reference, codes, meddle }), `nothing is wrong with a driver that ${what}`);
        },
      };
    }
  },
};

async function isSeen(ground: Ground): Promise<boolean> {
  let tried = 0;
  for (const point of singlePoints(ground)) {
    try {
      await point.run();
    } catch {
      return true;
    }
    if (++tried === MOST_POINTS) return false;
  }
  return false;
}
