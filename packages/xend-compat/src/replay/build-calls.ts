import type { BuildResult, ResolvedBuildSpec } from '@xen-image/core/plugin';
import type { Dict, Json } from '../dictionary/input.js';
import { isDict, toText } from '../dictionary/python.js';

/** The named arguments of 2009's linux build, of a spec that says the same. */
export function linuxArguments(domid: number, spec: ResolvedBuildSpec): Dict {
  return {
    domid,
    memsize: spec.targetMib,
    image: spec.kernel,
    store_evtchn: spec.channels.store,
    console_evtchn: spec.channels.console,
    cmdline: spec.commandLine,
    ramdisk: spec.ramdisk?.spelling ?? null,
    features: spec.features,
    flags: 0,
    vhpt: spec.vhpt ?? 0,
    superpages: spec.extents.spelling,
  };
}

/** The named arguments of 2009's hvm build. */
export function hvmArguments(domid: number, spec: ResolvedBuildSpec): Dict {
  return {
    domid,
    image: spec.kernel,
    memsize: spec.maximumMib,
    target: spec.targetMib,
    vcpus: spec.vcpus,
    acpi: Number(spec.hvmInfo?.acpi ?? false),
    apic: Number(spec.hvmInfo?.apic ?? false),
  };
}

/** A build's answer as core knows it; one that is no dictionary is handed on in Python's words for it. */
export function buildResult(answer: Json): BuildResult {
  if (!isDict(answer)) return toText(answer) as unknown as BuildResult;
  const { store_mfn: storeFrame, console_mfn: consoleFrame, notes } = answer as Record<string, unknown>;
  const result: { storeFrame?: number; consoleFrame?: number; notes?: Record<string, string | number> } = {};
  if (storeFrame !== undefined) result.storeFrame = storeFrame as number;
  if (consoleFrame !== undefined) result.consoleFrame = consoleFrame as number;
  if (isDict(notes as Json)) result.notes = notes as Record<string, string | number>;
  return result;
}
