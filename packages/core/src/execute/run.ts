import type { Action, CoreActionKind, PluginAction, SetStorePermissions, WriteStore } from '../contract/actions.js';
import type { ActionContext } from '../contract/plugin.js';
import { XENSTORE } from '../contract/tokens.js';
import { XenImageError, type Phase } from '../errors.js';
import { isCheck, runCheck } from './checks.js';
import type { Execution } from './execution.js';
import { EXECUTORS, storeWrites } from './executors.js';
import { asXenImageError } from './undo.js';

/**
 * Performs actions in order. The one place where plans become effects.
 *
 * An abort takes effect between actions. What an action took is on the execution's undo stack; unwinding it is the
 * caller's.
 *
 * @throws XenImageError of the failing action, with the phase and the domain; `ABORTED` where the signal asked for it
 */
export async function runActions(actions: readonly Action[], phase: Phase, execution: Execution): Promise<void> {
  try {
    if (execution.checks === 'first') {
      for (const action of actions) {
        if (!isCheck(action)) continue;
        throwIfAborted(execution.signal);
        await runCheck(action, execution);
      }
    }
    for (let index = 0; index < actions.length; index++) {
      const action = actions[index] as Action;
      if (execution.checks !== 'in-order' && isCheck(action)) continue;
      throwIfAborted(execution.signal);
      execution.onAction?.(phase, action.kind);
      const writes = execution.separateWrites === true ? 1 : writesFrom(actions, index);
      if (writes > 0 && execution.writes !== undefined) {
        execution.writes.add(placed(writeAll(actions.slice(index, index + writes), execution), phase, execution));
      } else {
        // A plugin's action may do anything with the store.
        if (action.kind.includes(':')) await execution.writes?.done();
        const done =
          writes > 1 ? writeAll(actions.slice(index, index + writes), execution) : runAction(action, execution);
        if (done !== undefined) await done;
      }
      index += Math.max(0, writes - 1);
    }
  } catch (error) {
    throw failure(error, phase, execution);
  }
}

/** A failure with its phase and domain. */
function failure(error: unknown, phase: Phase, { domid, name, uuid }: Execution): XenImageError {
  return asXenImageError(error).with({ phase, domain: { domid, name, uuid } });
}

async function placed(write: Promise<void>, phase: Phase, execution: Execution): Promise<void> {
  try {
    await write;
  } catch (error) {
    throw failure(error, phase, execution);
  }
}

/** How many actions from an index on do nothing but write to the store. */
function writesFrom(actions: readonly Action[], first: number): number {
  let end = first;
  while (isWrite(actions[end])) end++;
  return end - first;
}

function isWrite(action: Action | undefined): action is WriteStore | SetStorePermissions {
  return action?.kind === 'write-store' || action?.kind === 'set-store-permissions';
}

/** Writes in one request of the port: each answer of the store is waited for once, and they are carried out in order. */
function writeAll(actions: readonly Action[], execution: Execution): Promise<void> {
  return execution.port(XENSTORE).write(actions.filter(isWrite).flatMap((action) => storeWrites(action, execution)));
}

function runAction(action: Action, execution: Execution): Promise<void> | void {
  const executor = EXECUTORS[action.kind as CoreActionKind] as
    ((action: Action, execution: Execution) => Promise<void> | void) | undefined;
  if (executor !== undefined) return executor(action, execution);
  if (action.kind.includes(':')) return runPluginAction(action as PluginAction, execution);
  throw unknownKind(action.kind);
}

function runPluginAction(action: PluginAction, execution: Execution): Promise<void> {
  const registration = execution.actionKind(action.kind);
  if (registration === undefined) throw unknownKind(action.kind);
  const context: ActionContext = {
    domid: execution.domid,
    signal: execution.signal,
    port: (token) => execution.port(token),
    resolve: (value) => execution.results.resolve(value),
    set: (name, value) => {
      execution.results.set(name, value);
    },
    undo: (name, run) => {
      execution.undo.push(name, run);
    },
  };
  return registration.execute(action, context);
}

function unknownKind(kind: string): XenImageError {
  return new XenImageError('ACTION_UNKNOWN', `no plugin registered actions of kind ${kind}`, {
    hint: 'Add the plugin whose handler returned the action to the toolstack.',
  });
}

/**
 * Ends an operation that was asked to end.
 *
 * @throws XenImageError `ABORTED`, the signal's reason as its cause
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new XenImageError('ABORTED', 'the operation was aborted', { cause: signal.reason });
}
