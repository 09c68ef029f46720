import type { Strike, Traits } from './mutation.js';
import type { Passage } from './seam.js';
import type { Phase, Stage } from './stage.js';

/** Stands between all stages at once: counts what passes, and lets one mutant at a time at its stage. */
export class Switchboard {
  readonly #passed = new Map<string, number>();
  readonly #closers: (() => void)[] = [];
  #active: { readonly stage: string; readonly strike: Strike } | undefined;
  #phase: Phase | undefined;

  open(stages: readonly Stage[]): void {
    for (const stage of stages) this.#closers.push(stage.open(this.#passage(stage)));
  }

  close(): void {
    for (const close of this.#closers.splice(0).reverse()) close();
  }

  /** From here on the stage is defective, and no other is. */
  begin(stage: Stage, strike: Strike | undefined): void {
    this.#phase = stage.phase;
    this.#active = strike && { stage: stage.name, strike };
  }

  /** Counts of a phase without a defect. */
  watch(phase: Phase): void {
    this.#phase = phase;
    this.#active = undefined;
  }

  end(): void {
    this.#phase = undefined;
    this.#active = undefined;
  }

  /** Elements that passed a stage since the start. */
  passed(stage: string): number {
    return this.#passed.get(stage) ?? 0;
  }

  #passage({ name, phase }: Stage): Passage {
    return {
      pass: <Element>(element: Element, traits: Traits<Element>) => {
        if (this.#phase !== phase) return [element];
        this.#passed.set(name, this.passed(name) + 1);
        return this.#active?.stage === name ? this.#active.strike.pass(element, traits) : [element];
      },
      rest: <Element>() => (this.#active?.stage === name ? this.#active.strike.rest<Element>() : []),
    };
  }
}
