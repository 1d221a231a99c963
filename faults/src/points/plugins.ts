import type {
  Dialect,
  HandlerRegistration,
  ImageHandler,
  MemoryMath,
  Plugin,
  PluginContext,
  PortRegistration,
  Profile,
} from '@xen-image/core';
import { judge } from './judge.js';
import { outcomeOf } from './outcome.js';
import { expectHandled, type Ground, type Point } from './point.js';
import { hostFor } from './scenario.js';

type Function = (...args: never[]) => unknown;

/** Counts what a toolstack calls of its plugins, and throws from one of these calls. */
class PluginCalls {
  /** Names of the calls since it was armed. */
  readonly made: string[] = [];
  #armed: { readonly nth: number } | undefined;

  /** Throws from the n-th call from now on; only counts where none is given. */
  arm(nth = 0): void {
    this.made.length = 0;
    this.#armed = { nth };
  }

  disarm(): void {
    this.#armed = undefined;
  }

  through<F extends Function>(name: string, call: F): F {
    return ((...args: never[]) => {
      if (this.#armed !== undefined) {
        this.made.push(name);
        if (this.made.length === this.#armed.nth) throw new TypeError(`${name} throws`);
      }
      return call(...args);
    }) as F;
  }

  /** The plugin with all its functions counted. */
  readonly meddle = (plugin: Plugin): Plugin => ({
    name: plugin.name,
    contract: plugin.contract,
    ...(plugin.version === undefined ? {} : { version: plugin.version }),
    register: (context) => {
      plugin.register(this.#counting(context));
    },
  });

  #counting(context: PluginContext): PluginContext {
    return {
      ...context,
      handler: (registration) => {
        context.handler(this.#handler(registration));
      },
      port: <T>(registration: PortRegistration<T>) => {
        const name = registration.token.description ?? 'a port';
        context.port<T>({
          ...registration,
          create: (scope) => {
            scope.onClose(this.through(`close of ${name}`, () => undefined));
            return this.through(`factory of ${name}`, registration.create)(scope);
          },
        });
      },
      dialect: (dialect, options) => {
        context.dialect(this.#methods(`dialect ${dialect.name}`, dialect, DIALECT), options);
      },
      profile: (profile, options) => {
        context.profile(this.#methods(`profile ${profile.name}`, profile, PROFILE), options);
      },
      actionKind: (registration) => {
        context.actionKind({
          ...registration,
          execute: this.through(`action ${registration.kind}`, registration.execute.bind(registration)),
        });
      },
    };
  }

  #handler(registration: HandlerRegistration): HandlerRegistration {
    const { handler } = registration;
    if (typeof handler === 'function') return registration;
    const named = `handler of ${registration.imageType}`;
    const counted: ImageHandler = {
      supports: handler.supports,
      plan: this.through(`${named}: plan`, handler.plan.bind(handler)),
      memory: this.through(`${named}: memory`, (input: Parameters<ImageHandler['memory']>[0]): MemoryMath => {
        const math = handler.memory(input);
        return this.#methods(`${named}: memory`, math, ['available', 'shadow']);
      }),
    };
    return { ...registration, handler: counted };
  }

  /** The same value, with some of its methods counted; the others are reached through it. */
  #methods<T extends object>(name: string, value: T, methods: readonly (keyof T & string)[]): T {
    const counted = Object.create(value) as Record<string, unknown>;
    for (const method of methods) {
      const own = value[method];
      if (typeof own !== 'function') continue;
      const bound = own.bind(value) as Function;
      counted[method] = this.through(`${name}: ${method}`, bound);
    }
    return counted as T;
  }
}

const DIALECT = ['argv', 'options', 'environment'] as const satisfies readonly (keyof Dialect)[];
const PROFILE = ['readText', 'records', 'domainRecords', 'refuses'] as const satisfies readonly (keyof Profile)[];

/** A plugin throws from any of its functions, or a listener of the caller does. */
export async function* pluginPoints(ground: Ground): AsyncGenerator<Point> {
  const { scenario } = ground;
  const dry = new PluginCalls();
  const host = await hostFor(scenario, dry.meddle);
  dry.arm();
  await scenario.run(host, {});
  host.close();
  for (const [index, call] of dry.made.entries()) {
    yield {
      kind: 'plugin throws',
      name: `plugin call ${index + 1}, ${call}, throws`,
      async run() {
        const calls = new PluginCalls();
        const own = await hostFor(scenario, calls.meddle);
        try {
          calls.arm(index + 1);
          const outcome = await outcomeOf(scenario.run(own, {}));
          calls.disarm();
          await judge(own, outcome, { ...ground, befallen: [] });
          await expectHandled();
        } finally {
          own.close();
        }
      },
    };
  }
  if (!scenario.abortable) return;
  let steps = 0;
  const counted = await hostFor(scenario);
  await scenario.run(counted, { onProgress: () => (steps += 1) });
  counted.close();
  for (let nth = 1; nth <= steps; nth += 1) {
    yield {
      kind: 'listener throws',
      name: `the listener for progress throws when it is told for the ${nth}. time`,
      async run() {
        const own = await hostFor(scenario);
        let told = 0;
        const onProgress = (): void => {
          if (++told === nth) throw new TypeError('the listener throws');
        };
        try {
          const outcome = await outcomeOf(scenario.run(own, { onProgress }));
          await judge(own, outcome, { ...ground, befallen: [] });
          await expectHandled();
        } finally {
          own.close();
        }
      },
    };
  }
  for (const call of ['Journal.close', 'KeptDomains.tryLock']) {
    yield {
      kind: 'listener throws',
      name: `the listener for warnings throws when it is told of ${call}`,
      async run() {
        const own = await hostFor(scenario);
        const onWarning = (): never => {
          throw new TypeError('the listener throws');
        };
        try {
          own.simulator.faults.inject({ call, refuse: 'EIO' });
          const outcome = await outcomeOf(scenario.run(own, { onWarning }));
          own.simulator.faults.clear();
          await judge(own, outcome, { ...ground, befallen: [call] });
          await expectHandled();
        } finally {
          own.close();
        }
      },
    };
  }
}
