import { emptyTaskReport, rewritingTermsFrom } from '@holdfast/contracts';
import { Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { type HeldTask, inTask, type Lease, NO_PROGRESS, performTask, TaskDesk, type TaskEnd } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { ChainAccesses } from './chain-access.port.js';
import { ChainRenewal } from './chain-renewal.js';
import { ChainRewriting, type RewritingCounts } from './chain-rewriting.js';

/** Works on one leased task that makes snapshots of a resource anew: without items that are to be deleted, or the newest as it is. */
@Injectable()
export class RewriteChain {
  constructor(
    private readonly desk: TaskDesk,
    private readonly accesses: ChainAccesses,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never rejects for what happens to the task; `stop` gives it back to be leased by another. */
  async run(lease: Lease, stop: AbortSignal): Promise<void> {
    const { desk, clock, logger } = this;
    const counts: RewritingCounts = { items: 0, snapshots: 0 };
    await inTask('rewriting', lease, () =>
      performTask(
        lease,
        stop,
        { desk, clock, logger },
        {
          progress: () => ({ ...NO_PROGRESS, itemsDone: counts.snapshots }),
          run: (held) => this.#rewrite(held, counts),
        },
      ),
    );
  }

  async #rewrite(held: HeldTask, counts: RewritingCounts): Promise<Pick<TaskEnd, 'outcome' | 'report'>> {
    const { epoch, termsJson } = held.lease;
    const terms = rewritingTermsFrom(termsJson);
    const access = await this.accesses.open(held);
    try {
      if ('itemIds' in terms)
        await new ChainRewriting({ access, itemIds: terms.itemIds, epoch, signal: held.signal }, counts).run();
      else await new ChainRenewal({ access, epoch }, counts).run();
    } finally {
      await access.close();
    }
    if (!('itemIds' in terms))
      return {
        outcome: 'completed',
        report: { ...emptyTaskReport, housekeeping: { snapshotsRewritten: counts.snapshots } },
      };
    const housekeeping = { itemsRemoved: counts.items, snapshotsRewritten: counts.snapshots };
    // Nothing fitted: whoever asked may have mistaken an id.
    const outcome = counts.items > 0 ? 'completed' : 'completed-with-warnings';
    return { outcome, report: { ...emptyTaskReport, housekeeping } };
  }
}
