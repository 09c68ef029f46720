import type { PackName, SnapshotId } from '@holdfast/kernel';
import type { Commit, CommitAnswer } from './commit.js';
import type { CommitDecision } from './decide-commit.js';

/** Where one storage process is with one commit. Volatile: what has to survive is in the chain's row and at the destination. */
export type StorageCommitState =
  | { readonly at: 'checking-packs'; readonly commit: Commit }
  | { readonly at: 'deciding'; readonly commit: Commit }
  /** `next` waits for the head before it. */
  | { readonly at: 'putting'; readonly snapshot: SnapshotId; readonly next: Commit | undefined }
  | { readonly at: 'marking'; readonly snapshot: SnapshotId; readonly next: Commit | undefined }
  | { readonly at: 'done' };

export type StorageCommitEvent =
  /** Those of the new packs that no destination holds with the right size and checksum. */
  | { readonly type: 'packs-checked'; readonly missing: readonly PackName[] }
  | { readonly type: 'decided'; readonly decision: CommitDecision }
  /** `same`: the name held the very bytes already. `other`: it holds something else. */
  | { readonly type: 'put'; readonly found: 'nothing' | 'same' | 'other' }
  | { readonly type: 'marked' }
  /** The action failed or its result is not known. */
  | { readonly type: 'failed' };

export type StorageCommitAction =
  | { readonly do: 'check-packs'; readonly packs: readonly PackName[] }
  /** One transaction: read the chain under a lock, `decideCommit`, write `chainAfter` and, for `store`, the sealed snapshot. */
  | { readonly do: 'decide'; readonly commit: Commit }
  /** PUT the stored sealed snapshot under its name, only if nothing is there. */
  | { readonly do: 'put'; readonly snapshot: SnapshotId }
  /** Notes in the chain that the PUT was acknowledged; fails where the head is another by now. */
  | { readonly do: 'mark-visible'; readonly snapshot: SnapshotId }
  | { readonly do: 'answer'; readonly answer: CommitAnswer };

export interface StorageCommitStep {
  readonly state: StorageCommitState;
  readonly action: StorageCommitAction | undefined;
}

/** Takes up a verified commit request. Safe to repeat, at once or later, in the same process or another. */
export function startCommit(commit: Commit): StorageCommitStep {
  return {
    state: { at: 'checking-packs', commit },
    action: { do: 'check-packs', packs: commit.newPacks },
  };
}

/** Takes up a head that is stored and not visible, whoever stored it. Answers nobody but says the same words. */
export function finishStored(snapshot: SnapshotId): StorageCommitStep {
  return put(snapshot, undefined);
}

/** Storage's side of the commit protocol (docs/architecture.md#commit). Pure; an event that does not fit the state changes nothing. */
export function stepStorage(state: StorageCommitState, event: StorageCommitEvent): StorageCommitStep {
  if (event.type === 'failed')
    return state.at === 'done' ? { state, action: undefined } : answer({ is: 'unavailable' });
  switch (state.at) {
    case 'checking-packs':
      if (event.type !== 'packs-checked') break;
      if (event.missing.length > 0) return answer({ is: 'packs-needed', packs: event.missing });
      return decide(state.commit);
    case 'deciding':
      if (event.type !== 'decided') break;
      return follow(state.commit, event.decision);
    case 'putting':
      if (event.type !== 'put') break;
      if (event.found === 'other') return answer({ is: 'refused', because: 'name-taken' });
      return {
        state: { ...state, at: 'marking' },
        action: { do: 'mark-visible', snapshot: state.snapshot },
      };
    case 'marking':
      if (event.type !== 'marked') break;
      return state.next ? decide(state.next) : answer({ is: 'committed', snapshot: state.snapshot });
    case 'done':
  }
  return { state, action: undefined };
}

function follow(commit: Commit, decision: CommitDecision): StorageCommitStep {
  switch (decision.do) {
    case 'store':
    case 'finish':
      return put(commit.snapshot, undefined);
    case 'finish-head':
      return put(decision.head, commit);
    case 'nothing':
      return answer({ is: 'committed', snapshot: commit.snapshot });
    case 'refuse':
      return answer({ is: 'refused', because: decision.because });
    case 'ask-for-packs':
      return answer({ is: 'packs-needed', packs: decision.packs });
  }
}

function decide(commit: Commit): StorageCommitStep {
  return { state: { at: 'deciding', commit }, action: { do: 'decide', commit } };
}

function put(snapshot: SnapshotId, next: Commit | undefined): StorageCommitStep {
  return { state: { at: 'putting', snapshot, next }, action: { do: 'put', snapshot } };
}

function answer(words: CommitAnswer): StorageCommitStep {
  return { state: { at: 'done' }, action: { do: 'answer', answer: words } };
}
