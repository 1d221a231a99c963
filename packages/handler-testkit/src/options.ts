import type { Plugin } from '@xen-image/core/plugin';
import type { Simulator, SimulatorOptions } from '@xen-image/xen-sim';

/** Settings of a guest by name, spelled as a configuration file has them: texts with their quotes. */
export type GuestSettings = Readonly<Record<string, string | number>>;

/** How a test runner takes a test: `it` of jest, mocha and vitest, `test` of `node:test`. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/** What the suite is told of the handler under test. */
export interface HandlerSuiteOptions {
  /** The runner's own function. Each test is registered with it at once, in the order in which it is to be read. */
  readonly test: TestFunction;
  /** The plugin under test. Called for each test, so that no test sees what another left in it. */
  readonly factory: () => Plugin;
  /** The image type whose handler is tested. */
  readonly imageType: string;
  /** The arch whose handler is tested; `x86` where not given. */
  readonly arch?: string;
  /** Profiles under which it is tested, by name; `modern` alone where not given. */
  readonly profiles?: readonly string[];
  /** Plugins that the one under test needs beside core, the simulator and QEMU's dialects; they are taken in first. */
  readonly plugins?: (simulator: Simulator) => readonly Plugin[];
  /**
   * Settings of the guests that the suite plans, where a guest of this type needs others than the usual ones: `vcpus: 1`,
   * `kernel: '"/boot/mini"'`.
   */
  readonly settings?: GuestSettings;
  /** The simulated host, where the default one lacks what guests of this type need. */
  readonly simulator?: SimulatorOptions;
  /** The handler's package.json as an object, where its dependencies are to be looked at too. */
  readonly packageJson?: Readonly<Record<string, unknown>>;
  /**
   * A picture of what the plugin's own actions may leave outside the simulated host (files, processes). It must be the
   * same before and after a guest that failed or was destroyed.
   */
  readonly leftovers?: () => unknown;
}
