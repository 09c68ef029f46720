import type { ItemRecord, Word } from '@holdfast/vault';
import type { SourceChange } from '@holdfast/workloads';

/** An item that the source tells of, or that it says cannot be had. */
export type ItemChange = Extract<SourceChange, { type: 'item' | 'skipped' }>;

/** An item as the snapshot would have it now, and this task's word on it so far. */
export interface Known {
  readonly stored: ItemRecord | undefined;
  readonly word: Word | undefined;
}
