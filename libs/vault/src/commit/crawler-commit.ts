import type { PackName, SnapshotId } from '@holdfast/kernel';
import type { CommitAnswer, RefusalCause } from './commit.js';

/** Where a crawler is with the commit of its finished draft. */
export type CrawlerCommitState =
  | { readonly at: 'flushing' }
  | { readonly at: 'sealing' }
  | { readonly at: 'requesting' }
  | { readonly at: 'beginning-anew' }
  | { readonly at: 'committed'; readonly snapshot: SnapshotId }
  | { readonly at: 'refused'; readonly because: RefusalCause };

export type CrawlerCommitEvent =
  /** Every chunk that the snapshot needs is acknowledged by a destination. */
  | { readonly type: 'flushed' }
  | { readonly type: 'sealed' }
  | { readonly type: 'answered'; readonly answer: CommitAnswer }
  /** No answer in time: storage may or may not have committed. */
  | { readonly type: 'unanswered' }
  | { readonly type: 'begun-anew' };

export type CrawlerCommitAction =
  | { readonly do: 'flush' }
  /** Seal and sign the snapshot with the packs written by now. */
  | { readonly do: 'seal' }
  /** Ask storage to commit the sealed snapshot; the same bytes each time. */
  | { readonly do: 'request'; readonly after: 'at-once' | 'a-pause' }
  /** These packs are gone, and what they held was read and forgotten: read and store everything into new ones. */
  | { readonly do: 'begin-anew'; readonly packs: readonly PackName[] };

export interface CrawlerCommitStep {
  readonly state: CrawlerCommitState;
  readonly action: CrawlerCommitAction | undefined;
}

/** Starts with a finished draft: nothing is asked for before all of it is durable. */
export function beginCommit(): CrawlerCommitStep {
  return { state: { at: 'flushing' }, action: { do: 'flush' } };
}

/** The crawler's side of the commit protocol (docs/architecture.md#commit). Pure; an event that does not fit changes nothing. */
export function stepCrawler(state: CrawlerCommitState, event: CrawlerCommitEvent): CrawlerCommitStep {
  switch (event.type) {
    case 'flushed':
      if (state.at === 'flushing') return { state: { at: 'sealing' }, action: { do: 'seal' } };
      break;
    case 'sealed':
      if (state.at === 'sealing') return request('at-once');
      break;
    case 'begun-anew':
      if (state.at === 'beginning-anew') return beginCommit();
      break;
    case 'unanswered':
      if (state.at === 'requesting') return request('a-pause');
      break;
    case 'answered':
      if (state.at === 'requesting') return follow(event.answer);
  }
  return { state, action: undefined };
}

function follow(answer: CommitAnswer): CrawlerCommitStep {
  switch (answer.is) {
    case 'committed':
      return { state: { at: 'committed', snapshot: answer.snapshot }, action: undefined };
    case 'refused':
      return { state: { at: 'refused', because: answer.because }, action: undefined };
    case 'packs-needed':
      return { state: { at: 'beginning-anew' }, action: { do: 'begin-anew', packs: answer.packs } };
    case 'unavailable':
      return request('a-pause');
  }
}

function request(after: 'at-once' | 'a-pause'): CrawlerCommitStep {
  return { state: { at: 'requesting' }, action: { do: 'request', after } };
}
