import { XenImageError } from '@xen-image/core/plugin';
import type { Json } from '../dictionary/input.js';
import { isDict, toRepr } from '../dictionary/python.js';
import type { CaseInput } from './case.js';

/** What the recording's stub answered to a build of a PV guest. */
const LINUX_BUILD: Json = {
  store_mfn: 301337,
  console_mfn: 301336,
  notes: { GUEST_OS: 'linux', PAE_MODE: 'yes' },
};
const HVM_BUILD: Json = {};
const HVM_GET_PARAM: Json = 1044476;

const REGISTERS = new Set(['eax', 'ebx', 'ecx', 'edx']);

/** The hypercall library and the file system as a case scripts them: answers, refusals, and what exists. */
export class Script {
  readonly #removed: string[] = [];

  constructor(readonly input: CaseInput) {}

  /** The arguments of the error that a method raises, where it does. */
  failure(method: string): readonly Json[] | undefined {
    return this.input.host.xcFailures?.[method];
  }

  /** What a method answers. */
  answer(method: string, masks?: Readonly<Record<string, string>>): Json {
    const scripted = this.input.host.xcResults?.[method];
    if (scripted !== undefined) return scripted;
    switch (method) {
      case 'xeninfo':
        return { xen_caps: this.input.host.xenCaps };
      case 'linux_build':
        return LINUX_BUILD;
      case 'hvm_build':
        return HVM_BUILD;
      case 'hvm_get_param':
        return HVM_GET_PARAM;
      default:
        return masks === undefined ? 0 : answeredMasks(masks);
    }
  }

  /** The capabilities text, as `xeninfo` answers it. */
  capabilities(): string {
    const info = this.answer('xeninfo');
    const text = isDict(info) ? info['xen_caps'] : undefined;
    if (typeof text === 'string') return text;
    throw new XenImageError('XEN_INFO_INVALID', `xeninfo answered no xen_caps but ${toRepr(info)}`, {
      call: 'xeninfo',
      hint: 'The hypervisor must say what it is capable of.',
    });
  }

  /** What stands at a path. */
  pathKind(path: string): 'file' | 'directory' | 'absent' {
    if (this.#removed.includes(path)) return 'absent';
    const { paths } = this.input.host;
    if (!Object.hasOwn(paths, path)) return 'absent';
    return paths[path] === 'file' ? 'file' : 'directory';
  }

  /** Removes a path; answers whether there was anything. */
  remove(path: string): boolean {
    if (this.pathKind(path) === 'absent') return false;
    this.#removed.push(path);
    return true;
  }
}

/** The stub's answer about a leaf: the named registers with `x` made 0, `k` and `s` made 1. */
function answeredMasks(masks: Readonly<Record<string, string>>): Record<string, string> {
  const answer: Record<string, string> = {};
  for (const register of Object.keys(masks)) {
    if (REGISTERS.has(register)) answer[register] = answeredMask(masks[register] ?? '');
  }
  return answer;
}

function answeredMask(mask: string): string {
  let answer = '';
  for (const bit of mask) answer += bit === 'x' ? '0' : bit === 'k' || bit === 's' ? '1' : bit;
  return answer;
}
