import type { RequestTotals } from '@holdfast/graph';
import type { ResourceId, WorkCost } from '@holdfast/kernel';
import type { ItemKind } from '@holdfast/vault';
import { isWriting } from '../domain/plan-counts.js';
import type { StepAction } from '../domain/plan-step.js';
import type { SourcePlan, UnnumberedStep } from './plan-source.js';
import type { NewStep } from './plans.port.js';

/** Steps written together. */
const BATCH = 500;

/** A plan in the making: numbers the steps, hands them on in batches, adds up. */
export class PlanDraft {
  readonly steps: Record<StepAction, number> = {
    'create-folder': 0,
    create: 0,
    overwrite: 0,
    'keep-both': 0,
    skip: 0,
    unchanged: 0,
  };
  readonly leftOut = new Set<string>();
  /** Kinds of items that are made anew. */
  readonly made = new Set<ItemKind>();
  /** Of contents that are written. */
  bytes = 0;
  readonly #costs = new Map<ResourceId, WorkCost>();
  #batch: NewStep[] = [];
  #number = 0;

  /** What looking at the targets took. */
  asked: Pick<RequestTotals, 'requests' | 'requestMs'> = { requests: 0, requestMs: 0 };

  constructor(private readonly write: (steps: readonly NewStep[]) => Promise<void>) {}

  get costs(): readonly WorkCost[] {
    return [...this.#costs.values()];
  }

  async add(target: ResourceId, part: SourcePlan): Promise<void> {
    for await (const step of part.steps()) await this.#take(step);
    await this.#flush();
    const known = this.#costs.get(target);
    const { workload, requests, units, uploadBytes } = part.cost;
    this.#costs.set(target, {
      workload,
      requests: requests + (known?.requests ?? 0),
      units: units + (known?.units ?? 0),
      uploadBytes: uploadBytes + (known?.uploadBytes ?? 0),
    });
    for (const cause of part.leftOut) this.leftOut.add(cause);
    for (const kind of part.made) this.made.add(kind);
  }

  /** Takes note of what looking at one target took. */
  note({ requests, requestMs }: RequestTotals): void {
    this.asked = { requests: this.asked.requests + requests, requestMs: this.asked.requestMs + requestMs };
  }

  async #take(step: UnnumberedStep): Promise<void> {
    this.#number += 1;
    this.steps[step.action] += 1;
    if (isWriting(step.action)) this.bytes += step.bytes;
    if (this.#batch.push({ ...step, number: this.#number }) >= BATCH) await this.#flush();
  }

  async #flush(): Promise<void> {
    const steps = this.#batch;
    this.#batch = [];
    if (steps.length > 0) await this.write(steps);
  }
}
