import { withoutStack, XenImageError, type StorePermission, type StoreWrite } from '@xen-image/core/plugin';
import type { Dict, Json } from '../dictionary/input.js';
import { toRepr } from '../dictionary/python.js';
import type { CaseInput, Effect } from './case.js';
import { Script } from './script.js';

/** Takes down what is done to a case's guest, in the words of the recording. */
export class Recorder {
  readonly script: Script;
  /** The effects of the step under way. */
  effects: Effect[] = [];
  /** What the builder last answered. */
  built: Json = null;
  readonly #vmPath: string;

  constructor(input: CaseInput) {
    this.script = new Script(input);
    this.#vmPath = `/vm/${input.vm.uuid}/`;
  }

  /** The effects since the last time, and a new list. */
  takeEffects(): readonly Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  /**
   * A call of the hypercall library with positional arguments.
   *
   * @throws XenImageError `HYPERVISOR_CALL_FAILED` with the error's arguments in `data.args`, where the case scripts it
   */
  call(method: string, args: readonly Json[], masks?: Readonly<Record<string, string>>): Json {
    const raises = this.script.failure(method);
    if (raises !== undefined) {
      this.effects.push({ kind: 'xc', method, args, raises });
      throw callFailed(method, raises);
    }
    const result = this.script.answer(method, masks);
    this.effects.push({ kind: 'xc', method, args, result });
    return result;
  }

  /** A build: a call with named arguments. Throws as {@link Recorder.call} does. */
  build(method: string, kwargs: Dict): Json {
    const raises = this.script.failure(method);
    if (raises !== undefined) {
      this.effects.push({ kind: 'xc', method, kwargs, raises });
      throw callFailed(method, raises);
    }
    const result = this.script.answer(method);
    this.effects.push({ kind: 'xc', method, kwargs, result });
    this.built = result;
    return result;
  }

  /** The capabilities: a fact, no effect. Throws as {@link Recorder.call} does. */
  capabilities(): string {
    const raises = this.script.failure('xeninfo');
    if (raises !== undefined) throw callFailed('xeninfo', raises);
    return this.script.capabilities();
  }

  /** Writes below one place: the VM's record, or wherever their common parent is. */
  write(writes: readonly StoreWrite[]): void {
    const first = writes[0]?.path ?? '';
    const vm = first.startsWith(this.#vmPath);
    const base = vm ? this.#vmPath : first.slice(0, first.lastIndexOf('/') + 1);
    const entries = writes.map(
      ({ path, value }) => [path.startsWith(base) ? path.slice(base.length) : path, value ?? null] as const,
    );
    this.effects.push(vm ? { kind: 'storeVm', entries } : { kind: 'xsStore', path: base.slice(0, -1), entries });
  }

  /**
   * Permissions of a node. The owner without rights whom xend's xenstore library put in front of a list that begins
   * with a guest is left out, as the recording stands above that library.
   */
  permissions(path: string, permissions: readonly StorePermission[]): void {
    const [first] = permissions;
    const implied = permissions.length > 1 && first !== undefined && first.domid === 0 && !first.read && !first.write;
    this.effects.push({
      kind: 'permissionsVm',
      path: path.startsWith(this.#vmPath) ? path.slice(this.#vmPath.length) : path,
      permissions: (implied ? permissions.slice(1) : permissions).map(rights),
    });
  }

  /** Removes a file. Throws `FILE_REMOVE_FAILED`, in the words of the original's warning, where there is none. */
  removeFile(path: string): void {
    if (!this.script.remove(path)) {
      const reason = `[Errno 2] No such file or directory: ${toRepr(path)}`;
      throw new XenImageError('FILE_REMOVE_FAILED', `error removing bootloader file '${path}': ${reason}`, {
        call: 'unlink',
        errno: 'ENOENT',
      });
    }
    this.effects.push({ kind: 'unlink', path });
  }

  /** A warning, in the original's words where it had any for the code. */
  warn(code: string, message: string): void {
    const { domid } = this.script.input.vm;
    this.effects.push({
      kind: 'warning',
      message: code === 'COMMAND_LINE_LONG' ? `kernel cmdline too long, domain ${domid}` : message,
    });
  }
}

/** A domain's rights, those that it has not left out. */
function rights({ domid, read, write }: StorePermission): Rights {
  if (!write) return read ? { dom: domid, read } : { dom: domid };
  return read ? { dom: domid, read, write } : { dom: domid, write };
}

type Rights = Extract<Effect, { kind: 'permissionsVm' }>['permissions'][number];

function callFailed(method: string, args: readonly Json[]): XenImageError {
  const [number, ...said] = args;
  const message = `${method} failed: ${args.map(toRepr).join(', ')}`;
  const details = {
    call: method,
    errno: typeof number === 'number' ? String(number) : 'unknown',
    said: said.filter((text) => typeof text === 'string'),
    data: { args },
  };
  return withoutStack(() => new XenImageError('HYPERVISOR_CALL_FAILED', message, details));
}
