import { AppError, type Clock, isAppError, type SnapshotId } from '@holdfast/kernel';
import { inSpan, measure, SpanKind } from '@holdfast/platform';
import { beginCommit, type CrawlerCommitAction, type CrawlerCommitEvent, stepCrawler } from '@holdfast/vault';

/** Times that storage is asked for one commit before the task is given back. */
const MAX_ASKS = 5;
const FIRST_PAUSE_MS = 1_000;

/** What the commit of a finished draft does to the world. */
export interface CommitDeeds {
  /** Makes all that was written durable. */
  flush(): Promise<void>;
  /** The sealed and signed snapshot. */
  seal(): Promise<Uint8Array>;
  /** Has storage commit it; throws what storage answers otherwise. */
  request(sealed: Uint8Array): Promise<SnapshotId>;
  /** Lets the next holder of the task begin without a checkpoint. */
  beginAnew(): Promise<void>;
}

/** Performs the crawler's side of the commit protocol (docs/architecture.md#commit); throws where it does not end in a commit. */
export async function performCommit(deeds: CommitDeeds, clock: Clock, signal: AbortSignal): Promise<SnapshotId> {
  const startedAt = clock.now();
  let outcome = 'INTERNAL';
  try {
    const snapshot = await inSpan('commit', { kind: SpanKind.INTERNAL }, () => commit(deeds, clock, signal));
    outcome = 'committed';
    return snapshot;
  } catch (error) {
    if (isAppError(error)) outcome = error.code;
    throw error;
  } finally {
    measure('holdfast.commit.duration', (clock.now() - startedAt) / 1_000, { outcome });
  }
}

async function commit(deeds: CommitDeeds, clock: Clock, signal: AbortSignal): Promise<SnapshotId> {
  const performing = new Commit(deeds, clock, signal);
  let { state, action } = beginCommit();
  while (action) ({ state, action } = stepCrawler(state, await performing.perform(action)));
  if (state.at === 'committed') return state.snapshot;
  throw new AppError('INTERNAL', 'The commit ended without a snapshot.', { context: { at: state.at } });
}

class Commit {
  #sealed: Uint8Array | undefined;
  #asks = 0;
  /** Storage's word on which packs are gone. */
  #gone: unknown;

  constructor(
    private readonly deeds: CommitDeeds,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  async perform(action: CrawlerCommitAction): Promise<CrawlerCommitEvent> {
    switch (action.do) {
      case 'flush':
        await this.deeds.flush();
        return { type: 'flushed' };
      case 'seal':
        this.#sealed = await this.deeds.seal();
        return { type: 'sealed' };
      case 'request':
        if (action.after === 'a-pause') await this.clock.sleep(FIRST_PAUSE_MS * 2 ** this.#asks, this.signal);
        return this.#request();
      case 'begin-anew':
        await this.deeds.beginAnew();
        throw new AppError(
          'PACKS_LOST',
          'Packs that the snapshot needs are gone, or lie only at a destination that does not answer. The next attempt reads and stores everything anew.',
          { cause: this.#gone },
        );
    }
  }

  /** A refusal is for the task's end to understand: it is thrown as storage told it. */
  async #request(): Promise<CrawlerCommitEvent> {
    if (!this.#sealed) throw new AppError('INTERNAL', 'The commit asks before it has sealed.');
    this.#asks += 1;
    try {
      return { type: 'answered', answer: { is: 'committed', snapshot: await this.deeds.request(this.#sealed) } };
    } catch (error) {
      if (isAppError(error, 'FAILED_PRECONDITION')) {
        this.#gone = error;
        return { type: 'answered', answer: { is: 'packs-needed', packs: [] } };
      }
      if (!isAppError(error) || error.retry !== 'later' || this.#asks === MAX_ASKS) throw error;
      return { type: 'unanswered' };
    }
  }
}
