import type { Refusal, Section } from '@xen-image/core/plugin';

/** How far the original's sequence had come at the point of the reading: a problem found here shows itself after it. */
export class Step {
  step: Refusal['step'] = 'configure';
  after: Section | null = null;

  /** All actions up to this section have run. */
  reached(section: Section): void {
    this.after = section;
  }

  /** A new step begins. */
  begin(step: Refusal['step']): void {
    this.step = step;
    this.after = null;
  }
}
