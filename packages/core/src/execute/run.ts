import type { Action, CoreActionKind, PluginAction } from '../contract/actions.js';
import type { ActionContext } from '../contract/plugin.js';
import { XenImageError, type Phase } from '../errors.js';
import { isCheck, runCheck } from './checks.js';
import type { Execution } from './execution.js';
import { EXECUTORS } from './executors.js';
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
    for (const action of actions) {
      if (execution.checks === 'first' && isCheck(action)) continue;
      throwIfAborted(execution.signal);
      execution.onAction?.(phase, action.kind);
      const done = runAction(action, execution);
      if (done !== undefined) await done;
    }
  } catch (error) {
    const { domid, name, uuid } = execution;
    throw asXenImageError(error).with({ phase, domain: { domid, name, uuid } });
  }
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
