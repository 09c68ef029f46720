import { Clock, isAppError, type DeletionId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { freeingTurn, isRenewalDue } from '../domain/deletion-freeing.js';
import { Deletions, type UnfreedDeletion } from './deletions.port.js';
import { jobAfter } from './job-of-turn.js';
import { Jobs } from './jobs.port.js';
import { openVaultJob } from './open-vault-job.js';
import { RenewNewest } from './renew-newest.js';

/** Deletions that are looked at together. */
const PAGE = 200;

/** How long after a freeing that did not take everything the next one comes, at first. */
export abstract class FreeAgain {
  abstract readonly afterMs: number;
  /** How long after the removal the newest snapshots of resources are made anew that keep packs from being erased. */
  abstract readonly renewAfterMs: number;
}

/**
 * Has the bytes freed of what deletions removed: a space freeing of each set's vault, whether or not the set is still there, and further ones until
 * all is taken. What was started is known by its id, so restarts and several schedulers at once start none twice.
 */
@Injectable()
export class FreeAfterDeletions {
  constructor(
    private readonly deletions: Deletions,
    private readonly jobs: Jobs,
    private readonly renewNewest: RenewNewest,
    private readonly again: FreeAgain,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    for (let after: DeletionId | undefined; ;) {
      const page = await this.deletions.unfreed(after, PAGE);
      const due: UnfreedDeletion[] = [];
      for (const deletion of page) if (await this.#isDue(deletion)) due.push(deletion);
      for (const [first, ...more] of Map.groupBy(due, ({ backupSetId }) => backupSetId).values())
        if (first) await this.#start(first, more);
      after = page.at(-1)?.deletionId;
      if (after === undefined) return;
    }
  }

  async #isDue(deletion: UnfreedDeletion): Promise<boolean> {
    const { tenantId, deletionId, isNoted } = deletion;
    if (!isNoted) await this.deletions.noteRemoved(tenantId, deletionId);
    const turn = freeingTurn(deletion, this.clock.now(), this.again.afterMs);
    if (turn === 'done') await this.deletions.noteFreed(tenantId, deletionId);
    return turn === 'start';
  }

  /** What the freeing before has left for newest snapshots is taken by the next one, when these have been made anew. */
  async #isRenewing(deletion: UnfreedDeletion): Promise<boolean> {
    const { tenantId, vaultId, freeing } = deletion;
    if (!freeing || !isRenewalDue(deletion, this.clock.now(), this.again.renewAfterMs)) return false;
    return this.renewNewest.run(tenantId, vaultId, freeing.jobId);
  }

  /** One job serves all deletions of the set. */
  async #start(first: UnfreedDeletion, more: readonly UnfreedDeletion[]): Promise<void> {
    const { tenantId, backupSetId, vaultId, deletionId, timeZone } = first;
    const jobId = jobAfter(first.freeing?.jobId ?? first.jobId ?? deletionId);
    try {
      if (await this.#isRenewing(first)) return;
      const freeing = { kind: 'freeing', dryRun: false, fullCheck: false } as const;
      await openVaultJob(this.jobs, tenantId, { ...freeing, jobId, backupSetId, vaultId, timeZone });
      await this.deletions.setFreeing(tenantId, [deletionId, ...more.map((one) => one.deletionId)], jobId);
    } catch (error) {
      // A space freeing of the set runs, which may have begun before.
      if (isAppError(error, 'FAILED_PRECONDITION')) return;
      this.logger.warn('Space freeing after a deletion could not be started; it is tried again', {
        tenantId,
        backupSetId,
        deletionId,
        error,
      });
    }
  }
}
