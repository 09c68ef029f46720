import type { ResourceId } from '@holdfast/kernel';
import type { ItemRecord, LogRow, OwedItem } from '@holdfast/vault';

/** Bytes that an item has, and how the vault holds them. */
export interface StoryContent {
  readonly form: 'bytes' | 'mime';
  readonly bytes: Uint8Array;
}

/** An item as one job finds it. */
export interface StoryItem {
  readonly id: string;
  readonly record: Omit<ItemRecord, 'content' | 'extras' | 'bytes'>;
  readonly content?: StoryContent;
  readonly extras?: Readonly<Record<string, StoryContent>>;
}

/** What one job finds changed in a resource, and what is restored of the state after it. */
export interface StoryStep {
  readonly put?: readonly StoryItem[];
  readonly removed?: readonly string[];
  readonly owed?: Readonly<Record<string, OwedItem>>;
  readonly log?: readonly LogRow[];
  readonly cursor: Readonly<Record<string, string>>;
  /** Item id → path below the resource's folder, written by hand: what a restore of this state has to make, and nothing else. */
  readonly files: Readonly<Record<string, string>>;
}

/** What happens to one resource, job by job. */
export interface Story {
  readonly resource: ResourceId;
  readonly steps: readonly StoryStep[];
}

/** When a job of the stories starts, and the day that this is in {@link TIME_ZONE}. */
export interface StoryJob {
  readonly startedAt: number;
  readonly day: string;
}

export const TIME_ZONE = 'Europe/Berlin';

/** Late in the evening in UTC, which is the next day already; before the clocks go forward; and after. */
export const JOBS: readonly StoryJob[] = [
  { startedAt: Date.UTC(2026, 0, 5, 23, 30), day: '2026-01-06' },
  { startedAt: Date.UTC(2026, 2, 29, 0, 30), day: '2026-03-29' },
  { startedAt: Date.UTC(2026, 2, 29, 22, 30), day: '2026-03-30' },
];

/** The items of a resource after each step. */
export function statesOf({ steps }: Story): ReadonlyMap<string, StoryItem>[] {
  const items = new Map<string, StoryItem>();
  return steps.map(({ put = [], removed = [] }) => {
    for (const id of removed) items.delete(id);
    for (const item of put) items.set(item.id, item);
    return new Map(items);
  });
}
