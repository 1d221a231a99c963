import type { Action, SetHvmParam } from '../contract/actions.js';
import type { DomainConfig } from '../config/domain-config.js';
import type { HandlerInput } from '../contract/handler.js';
import type { MemoryMath } from '../contract/memory.js';
import type { BuildSpec } from '../contract/ports/domain-builder.js';
import type { HvmParam } from '../contract/ports/hvm-params.js';
import { commonBeforeBuild, fileCheck, tscMode } from './before-build.js';
import { figureMib } from './memory.js';

const FOUR_GIB = 4 * 1024 ** 3;
const BYTES_PER_MIB = 1024 ** 2;
/** Where hvmloader's hole for devices begins at the latest: 256 MiB below 4 GiB (hvm/e820.h). */
const SMALLEST_MMIO_HOLE_MIB = 256;

/** The hole for devices below 4 GiB; the smallest, which hvmloader takes for granted, where not configured. */
export function mmioHoleMib({ platform }: DomainConfig): number {
  return Math.max(platform.mmioHoleMib ?? 0, SMALLEST_MMIO_HOLE_MIB);
}

/** What an HVM guest is built from. */
export function hvmBuildSpec({ config }: HandlerInput, memory: MemoryMath): BuildSpec {
  const { boot, platform, vcpus } = config;
  const holeBytes = mmioHoleMib(config) * BYTES_PER_MIB;
  const spec: BuildSpec = {
    container: 'hvm',
    kernel: boot.loader,
    commandLine: '',
    features: '',
    targetMib: figureMib(memory.initialReservation),
    maximumMib: figureMib(memory.maximumReservation),
    extents: { value: 'best', spelling: boot.extents.spelling },
    vcpus: vcpus.maximum,
    mmioHole: { startBytes: FOUR_GIB - holeBytes, sizeBytes: holeBytes },
    vgaHole: true,
    deviceModel: true,
    hvmInfo: { acpi: platform.acpi, apic: platform.apic, vcpus: vcpus.maximum },
    channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
  };
  return boot.firmware === null ? spec : { ...spec, firmware: boot.firmware.path };
}

/** An HVM parameter that is set before the build. */
export function setParam(param: HvmParam, value: number): SetHvmParam {
  return { kind: 'set-hvm-param', section: 'params', param, value };
}

/** HVM parameters of every guest under the policy, with the configuration's own in their place. */
export function hvmParams({ config, policy }: HandlerInput): SetHvmParam[] {
  const params = { ...policy.hvm.params, ...config.platform.hvmParams };
  return Object.entries(params).map(([param, value]) => setParam(param as HvmParam, value));
}

const LOADER_HINT = 'hvmloader comes with the xen-utils package of the Xen in use.';
const FIRMWARE_HINT = 'SeaBIOS and OVMF come in packages of their names.';

function firmwareChecks({ config, policy }: HandlerInput): Action[] {
  if (!policy.fileChecks.firmware) return [];
  const { loader, firmware } = config.boot;
  const checks: Action[] = [];
  if (loader !== null) checks.push(fileCheck(loader, 'LOADER_MISSING', 'Firmware loader', LOADER_HINT));
  if (firmware !== null) checks.push(fileCheck(firmware.path, 'FIRMWARE_MISSING', 'Firmware image', FIRMWARE_HINT));
  return checks;
}

/** The `beforeBuild` step of an HVM guest; `own` is what its arch adds. */
export function hvmBeforeBuild(input: HandlerInput, own: readonly Action[]): readonly Action[] {
  return [...firmwareChecks(input), ...commonBeforeBuild(input.config), ...own, ...tscMode(input)];
}

/** The `build` step of an HVM guest: its answer is looked at before anything is made of it. */
export function hvmBuild(spec: BuildSpec): readonly Action[] {
  return [
    { kind: 'build', section: 'build', spec },
    { kind: 'require-built', section: 'built', ostype: 'hvm' },
  ];
}

/**
 * The `afterBuild` step of an HVM guest: where the toolstack and not the builder deals with the xenstore ring, its
 * frame is read and its event channel set. A suspended HVM guest can always go on, which the note says.
 */
export function hvmAfterBuild({ policy }: HandlerInput): readonly Action[] {
  if (policy.hvm.storeRing === 'builder') return [];
  const section = 'results';
  return [
    { kind: 'note', section, key: 'SUSPEND_CANCEL', value: 1, replace: true },
    { kind: 'get-hvm-param', section, param: 'storePfn', as: 'storeFrame' },
    { kind: 'set-hvm-param', section, param: 'storeEvtchn', value: { ref: 'storePort' } },
  ];
}
