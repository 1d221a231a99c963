import {
  definePlugin,
  type HandlerInput,
  type HandlerPlan,
  type ImageHandler,
  type Plugin,
} from '@xen-image/core/plugin';
import { x86HvmHandler } from '@xen-image/handler-x86-hvm';
import { x86PvHandler } from '@xen-image/handler-x86-pv';

/** Kinds of sample: a PV guest without device model, and an HVM guest with one. */
export type Kind = 'linux' | 'hvm';

/** A handler that is as it should be. */
export const SAMPLES: Readonly<Record<Kind, ImageHandler>> = { linux: x86PvHandler, hvm: x86HvmHandler };

/** A plugin with a handler of the kind. */
export function plugin(kind: Kind, handler: ImageHandler, more: Partial<Plugin> = {}): Plugin {
  return definePlugin({
    name: '@test/sample',
    contract: 1,
    register(context) {
      context.handler({ arch: 'x86', imageType: kind, handler });
    },
    ...more,
  });
}

/** A handler whose plan is changed. */
export function replanned(
  kind: Kind,
  change: (plan: HandlerPlan, input: HandlerInput) => HandlerPlan,
  more: Partial<ImageHandler> = {},
): ImageHandler {
  const sample = SAMPLES[kind];
  return { ...sample, plan: (input) => change(sample.plan(input), input), ...more };
}

/** A handler some of whose figures are changed. */
export function refigured(
  kind: Kind,
  change: (
    math: ReturnType<ImageHandler['memory']>,
    input: HandlerInput,
  ) => Partial<ReturnType<ImageHandler['memory']>>,
): ImageHandler {
  const sample = SAMPLES[kind];
  return {
    ...sample,
    memory(input) {
      const math = sample.memory(input);
      return { ...math, ...change(math, input) };
    },
  };
}

/** A handler of the kind that says something else of what it can do. */
export function claiming(kind: Kind, supports: Partial<ImageHandler['supports']>): ImageHandler {
  return { ...SAMPLES[kind], supports: { ...SAMPLES[kind].supports, ...supports } };
}
