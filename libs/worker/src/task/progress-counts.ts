import { resourceParts } from '@holdfast/kernel';
import { count } from '@holdfast/platform';
import type { Lease, Progress } from './task-desk.js';

/** Counts what a task under way has dealt with since it was told before. */
export class ProgressCounts {
  readonly #labels: { readonly kind: string; readonly workload: string };
  #items = 0;
  #bytes = 0;

  constructor({ resourceId, planId }: Lease) {
    const { workload } = resourceParts(resourceId);
    this.#labels = { kind: planId === undefined ? 'backup' : 'restore', workload };
  }

  told({ itemsDone, bytesDone }: Progress): void {
    count('holdfast.progress.items', itemsDone - this.#items, this.#labels);
    count('holdfast.progress.bytes', bytesDone - this.#bytes, this.#labels);
    this.#items = itemsDone;
    this.#bytes = bytesDone;
  }
}
