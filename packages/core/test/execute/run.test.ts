import { describe, expect, it } from '@jest/globals';
import type { Action } from '../../src/contract/actions.js';
import { DOMAINS, HOST, XENSTORE } from '../../src/contract/tokens.js';
import { XenImageError } from '../../src/errors.js';
import type { Execution } from '../../src/execute/execution.js';
import { Results } from '../../src/execute/results.js';
import { runActions } from '../../src/execute/run.js';
import { UndoStack } from '../../src/execute/undo.js';

const section = 'test';

/** An execution whose ports write down what they are asked. */
function execution(log: string[], change: Partial<Execution> = {}): Execution {
  const ports = new Map<symbol, unknown>([
    [
      DOMAINS,
      {
        setTimeOffset: async (domid: number, seconds: number) => {
          log.push(`offset ${domid} ${seconds}`);
        },
      },
    ],
    [
      XENSTORE,
      {
        write: async (writes: { path: string; value: string | null }[]) => {
          log.push(`write ${writes.map((w) => `${w.path}=${String(w.value)}`).join(' ')}`);
        },
      },
    ],
    [
      HOST,
      {
        pathKind: async (path: string) => (path === '/there' ? 'file' : path === '/dir' ? 'directory' : 'absent'),
        capabilities: async () => 'xen-3.0-x86_64 hvm-3.0-x86_32',
        removeFile: async () => Promise.reject(new XenImageError('FILE_REMOVE_FAILED', 'cannot remove it')),
      },
    ],
  ]);
  return {
    domid: 7,
    uuid: 'u',
    name: 'guest',
    results: new Results({ domid: 7 }),
    undo: new UndoStack(),
    checks: 'in-order',
    port: (token) => ports.get(token) as never,
    actionKind: () => undefined,
    warn: (code, message) => {
      log.push(`warn ${code} ${message}`);
    },
    ...change,
  };
}

const offset: Action = { kind: 'set-time-offset', section, offsetSeconds: 60 };
const error = { code: 'FILE_MISSING', message: 'it is not there', hint: 'put it there' };
const missing: Action = { kind: 'check-path', section, path: '/none', want: 'file', error };

describe('the executor', () => {
  describe('given writes that follow each other', () => {
    const write = (path: string, value: string): Action => ({
      kind: 'write-store',
      section,
      root: 'domain',
      path,
      entries: [['', value]],
    });
    const actions = [write('a', '1'), write('b', '2'), offset, write('c', '3')];

    it('makes one request of them, in their order', async () => {
      const log: string[] = [];
      await runActions(actions, 'build', execution(log));
      expect(log).toEqual([
        'write /local/domain/7/a=1 /local/domain/7/b=2',
        'offset 7 60',
        'write /local/domain/7/c=3',
      ]);
    });

    it('makes a request of each where they are to be told apart', async () => {
      const log: string[] = [];
      await runActions(actions, 'build', execution(log, { separateWrites: true }));
      expect(log.map((line) => line.split(' ').length)).toEqual([2, 2, 3, 2]);
    });

    it('tells of each request', async () => {
      const kinds: string[] = [];
      await runActions(actions, 'build', execution([], { onAction: (_, kind) => kinds.push(kind) }));
      expect(kinds).toEqual(['write-store', 'set-time-offset', 'write-store']);
    });
  });

  it('performs actions in order and tells each before it begins', async () => {
    const log: string[] = [];
    const told: string[] = [];
    const write: Action = {
      kind: 'write-store',
      section,
      root: 'vm',
      path: 'image',
      entries: [
        ['ostype', 'linux'],
        ['domid', { ref: 'domid' }],
        ['gone', null],
      ],
    };
    await runActions(
      [offset, write],
      'configure',
      execution(log, { onAction: (phase, kind) => told.push(`${phase} ${kind}`) }),
    );
    expect(log).toEqual(['offset 7 60', 'write /vm/u/image/ostype=linux /vm/u/image/domid=7 /vm/u/image/gone=null']);
    expect(told).toEqual(['configure set-time-offset', 'configure write-store']);
  });

  it('stops at a check that fails, with the phase and the domain in the error', async () => {
    const log: string[] = [];
    await expect(runActions([offset, missing, offset], 'build', execution(log))).rejects.toMatchObject({
      code: 'FILE_MISSING',
      message: 'it is not there',
      hint: 'put it there',
      phase: 'build',
      domain: { domid: 7, name: 'guest', uuid: 'u' },
    });
    expect(log).toEqual(['offset 7 60']);
  });

  it('makes all checks before the first effect where the policy wants it so', async () => {
    const log: string[] = [];
    await expect(runActions([offset, missing], 'build', execution(log, { checks: 'first' }))).rejects.toMatchObject({
      code: 'FILE_MISSING',
    });
    expect(log).toEqual([]);
  });

  it.each<[path: string, want: 'file' | 'exists', holds: boolean]>([
    ['/there', 'file', true],
    ['/dir', 'file', false],
    ['/dir', 'exists', true],
    ['/none', 'exists', false],
  ])('looks at %s for %s', async (path, want, holds) => {
    const run = runActions([{ kind: 'check-path', section, path, want, error }], 'build', execution([]));
    await (holds ? expect(run).resolves.toBeUndefined() : expect(run).rejects.toMatchObject({ code: 'FILE_MISSING' }));
  });

  it('finds a capability anywhere in the text', async () => {
    const needs = (capability: string) =>
      runActions([{ kind: 'require-capability', section, capability, error }], 'build', execution([]));
    await expect(needs('hvm')).resolves.toBeUndefined();
    await expect(needs('pvh')).rejects.toMatchObject({ code: 'FILE_MISSING' });
  });

  it('takes a file that cannot be removed for a warning', async () => {
    const log: string[] = [];
    await runActions([{ kind: 'remove-file', section, path: '/tmp/x' }], 'build', execution(log));
    expect(log).toEqual(['warn FILE_REMOVE_FAILED cannot remove it']);
  });

  it('ends between actions when it is asked to', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const run = runActions([offset, offset], 'configure', {
      ...execution(log, { signal: controller.signal }),
      onAction: () => {
        controller.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED', cause: expect.objectContaining({ message: 'enough' }) });
    expect(log).toEqual(['offset 7 60']);
  });

  it('performs a plugin’s kinds, with results and undo', async () => {
    const undo = new UndoStack();
    const run = execution([], {
      undo,
      actionKind: (kind) =>
        kind === 'acme:twice'
          ? {
              kind: 'acme:twice',
              describe: () => '',
              execute: async (action, context) => {
                context.set('twice', Number(context.resolve(action.args['of'])) * 2);
                context.undo('halve', async () => undefined);
              },
            }
          : undefined,
    });
    await runActions([{ kind: 'acme:twice', section, args: { of: { ref: 'domid' } } }], 'build', run);
    expect(run.results.get('twice')).toBe(14);
    expect(undo.pending).toEqual(['halve']);
    await expect(runActions([{ kind: 'acme:thrice', section, args: {} }], 'build', run)).rejects.toMatchObject({
      code: 'ACTION_UNKNOWN',
    });
  });

  it('refuses a build that answered nothing of use', async () => {
    const run = execution([]);
    run.results.set('image', '-1');
    await expect(runActions([{ kind: 'require-built', section, ostype: 'linux' }], 'build', run)).rejects.toMatchObject(
      { code: 'BUILD_FAILED', message: 'Building domain failed: ostype=linux dom=7 err=-1' },
    );
  });
});
