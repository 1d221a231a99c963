import type { Action } from '../contract/actions.js';
import type { HandlerInput } from '../contract/handler.js';
import type { MemoryMath } from '../contract/memory.js';
import type { BuildSpec } from '../contract/ports/domain-builder.js';
import { commonBeforeBuild, tscMode } from './before-build.js';
import { figureMib } from './memory.js';

/** What a PV guest is built from. `vhpt` is ia64's alone. */
export function linuxBuildSpec({ config }: HandlerInput, memory: MemoryMath, vhpt?: number): BuildSpec {
  const { boot, vcpus } = config;
  const spec: BuildSpec = {
    container: 'pv',
    kernel: boot.kernel.value,
    ramdisk: boot.ramdisk,
    commandLine: boot.commandLine.value,
    features: boot.features,
    targetMib: figureMib(memory.initialReservation),
    maximumMib: figureMib(memory.maximumReservation),
    extents: boot.extents,
    vcpus: vcpus.maximum,
    channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
  };
  return vhpt === undefined ? spec : { ...spec, vhpt };
}

/** The `beforeBuild` step of a PV guest; `own` is what its arch adds. */
export function linuxBeforeBuild(input: HandlerInput, own: readonly Action[] = []): readonly Action[] {
  return [...commonBeforeBuild(input.config), ...own, ...tscMode(input)];
}

/** The `build` step of a PV guest. */
export function linuxBuild(spec: BuildSpec): readonly Action[] {
  return [{ kind: 'build', section: 'build', spec }];
}

/** The `finish` step of a PV guest: the build's answer is looked at last. */
export function linuxFinish(): readonly Action[] {
  return [{ kind: 'require-built', section: 'built', ostype: 'linux' }];
}
