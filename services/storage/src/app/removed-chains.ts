import { setDefinition } from '@holdfast/contracts';
import type { SetNote, SnapshotHeader } from '@holdfast/vault';
import type { ChainName } from './snapshots.port.js';

type ChainPlace = Pick<SnapshotHeader, 'set' | 'resource' | 'number'>;

/** Snapshots of a chain that were made anew without some items: those between these numbers, where a later one stands for them. */
export interface ReplacedRange {
  readonly chain: ChainName;
  readonly firstNumber: number;
  readonly lastNumber: number;
  /** Of the last of them: what was made anew keeps the start of its job, and backups that came later have a later one. Milliseconds since the epoch. */
  readonly lastJobStartedAt: number;
}

/** What deletions on request have removed, as the notes of a vault's sets tell it. */
export class RemovedChains {
  /** The last number that was removed, of each set and resource. No backup has read the resource since. */
  readonly #last = new Map<string, number>();
  readonly replaced: readonly ReplacedRange[];

  /** A definition that this version does not know tells of none; giving it back says what is wrong with it. */
  constructor(notes: Iterable<SetNote>) {
    const replaced: ReplacedRange[] = [];
    for (const { set, definition } of notes)
      for (const { kind, removed } of setDefinition.safeParse(definition).data?.deletions ?? [])
        for (const { resourceId, firstNumber, lastNumber, lastJobStartedAtMs } of removed?.resources ?? []) {
          const chain = { backupSetId: set, resourceId };
          if (kind === 'items') replaced.push({ chain, firstNumber, lastNumber, lastJobStartedAt: lastJobStartedAtMs });
          else this.#remove(chainOf(set, resourceId), lastNumber);
        }
    this.replaced = replaced;
  }

  #remove(chain: string, lastNumber: number): void {
    this.#last.set(chain, Math.max(lastNumber, this.#last.get(chain) ?? 0));
  }

  get isAny(): boolean {
    return this.#last.size + this.replaced.length > 0;
  }

  has({ set, resource, number }: ChainPlace): boolean {
    return number <= (this.#last.get(chainOf(set, resource)) ?? 0);
  }
}

const chainOf = (set: string, resource: string) => `${set}/${resource}`;
