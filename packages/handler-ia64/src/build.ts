import {
  hvmAfterBuild,
  hvmBeforeBuild,
  hvmBuild,
  hvmBuildSpec,
  hvmConfigure,
  linuxBeforeBuild,
  linuxBuild,
  linuxBuildSpec,
  linuxConfigure,
  linuxFinish,
  refuseSuperpages,
  setParam,
  type Action,
  type DomainConfig,
  type HandlerActions,
  type HandlerInput,
} from '@xen-image/core/plugin';
import type { InitNvram, SetOsType } from './ia64.js';
import { hvmMemory, pvMemory } from './memory.js';

/** The actions of an ia64 PV guest. Its virtual hash page table is the builder's; there is no CPUID. */
export function pvActions(input: HandlerInput): HandlerActions {
  refuseSuperpages(input, 'pages of ia64 have other sizes');
  const { config } = input;
  return {
    configure: linuxConfigure(config),
    beforeBuild: linuxBeforeBuild(input),
    build: linuxBuild(linuxBuildSpec(input, pvMemory(input), config.platform.vhpt)),
    afterBuild: [],
    finish: linuxFinish(),
    cpuid: [],
  };
}

/** The firmware's names are ASCII; other letters stay as they are. */
function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function firmware({ name, platform }: DomainConfig): readonly Action[] {
  const nvram: InitNvram = { kind: 'ia64:init-nvram', section: 'nvram', args: { name } };
  const actions: Action[] = [nvram, setParam('vhptSize', platform.vhpt)];
  if (platform.guestOsType === null) return actions;
  const osType: SetOsType = {
    kind: 'ia64:set-os-type',
    section: 'os-type',
    args: { osType: asciiLowerCase(platform.guestOsType) },
  };
  return [...actions, osType];
}

/** The actions of an ia64 HVM guest: NVRAM, the size of its hash page table and its system's name before the build. */
export function hvmActions(input: HandlerInput): HandlerActions {
  refuseSuperpages(input, 'pages of ia64 have other sizes');
  return {
    configure: hvmConfigure(input),
    beforeBuild: hvmBeforeBuild(input, firmware(input.config)),
    build: hvmBuild(hvmBuildSpec(input, hvmMemory(input))),
    afterBuild: hvmAfterBuild(input),
    finish: [],
    cpuid: [],
  };
}
