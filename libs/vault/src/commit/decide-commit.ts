import type { PackName, SnapshotId } from '@holdfast/kernel';
import type { Commit, RefusalCause } from './commit.js';

/** The newest snapshot of a chain, as the database has it. */
export interface ChainHead {
  readonly snapshot: SnapshotId;
  readonly generation: number;
  readonly number: number;
  /** A destination has acknowledged the object. */
  readonly isVisible: boolean;
}

/** What the deciding transaction reads under a lock on the chain. */
export interface Chain {
  /** The vault's generation. */
  readonly generation: number;
  /** The highest epoch that storage has seen of the commit's task, in a commit or in any other request. */
  readonly epoch: number;
  readonly head: ChainHead | undefined;
}

export type CommitDecision =
  /** The sealed snapshot is stored and becomes the head, not yet visible. */
  | { readonly do: 'store' }
  /** It is the head already, stored by an earlier request. */
  | { readonly do: 'finish' }
  | { readonly do: 'nothing'; readonly because: 'visible' }
  /** The head's own PUT comes first; then the question is asked again. */
  | { readonly do: 'finish-head'; readonly head: SnapshotId }
  | { readonly do: 'refuse'; readonly because: RefusalCause }
  | { readonly do: 'ask-for-packs'; readonly packs: readonly PackName[] };

/** Decides on a commit inside one transaction. `condemned`: those of the packs that it needs which are being freed. */
export function decideCommit(chain: Chain, commit: Commit, condemned: readonly PackName[]): CommitDecision {
  const { head } = chain;
  if (head?.snapshot === commit.snapshot)
    return head.isVisible ? { do: 'nothing', because: 'visible' } : { do: 'finish' };
  if (commit.generation !== chain.generation) return { do: 'refuse', because: 'generation' };
  if (commit.epoch < chain.epoch) return { do: 'refuse', because: 'epoch' };
  if (commit.parent !== head?.snapshot) return { do: 'refuse', because: 'parent' };
  if (commit.number !== (head?.number ?? 0) + 1) return { do: 'refuse', because: 'number' };
  if (head && !head.isVisible) return { do: 'finish-head', head: head.snapshot };
  if (condemned.length > 0) return { do: 'ask-for-packs', packs: condemned };
  return { do: 'store' };
}

/** What the same transaction writes. */
export function chainAfter(chain: Chain, commit: Commit, decision: CommitDecision): Chain {
  const epoch = Math.max(chain.epoch, commit.epoch);
  if (decision.do !== 'store') return { ...chain, epoch };
  const { snapshot, generation, number } = commit;
  return { ...chain, epoch, head: { snapshot, generation, number, isVisible: false } };
}
