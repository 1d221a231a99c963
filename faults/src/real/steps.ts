import { FaultInjector } from '@xen-image/xen-sim';

/** When a process that is to be killed has come to something: before it is done, or once it was, and the process has not heard of it. */
export type When = 'before' | 'after';

/** Told of each step, in the order in which they are taken. Whoever waits for it goes on then. */
export type OnStep = (when: When, call: string) => Promise<void>;

/** Calls of ports as steps, for `withFaults`. */
export class StepInjector extends FaultInjector {
  constructor(private readonly onStep: OnStep) {
    super();
  }

  override async through<T>(name: string, _args: readonly unknown[], carryOut: () => Promise<T>): Promise<T> {
    await this.onStep('before', name);
    const answer = await carryOut();
    await this.onStep('after', name);
    return answer;
  }
}
