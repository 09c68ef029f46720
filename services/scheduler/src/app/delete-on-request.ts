import { AppError, isAppError, parseJobId, vaultResource, type DeletionId, type TenantId } from '@holdfast/kernel';
import type { DeletionTerms } from '@holdfast/contracts';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { deletionState, resourcesToDelete } from '../domain/deletion.js';
import { Deletions, type Deletion, type NewDeletion } from './deletions.port.js';
import { Jobs, type Job } from './jobs.port.js';
import { LegalHolds } from './legal-holds.port.js';

export interface DeletionAndWarnings {
  readonly deletion: Deletion;
  /** For an administrator. */
  readonly warnings: readonly string[];
}

/** Asks for a deletion, has it approved, and starts it. Whatever a legal hold is on is neither asked for, approved nor started. */
@Injectable()
export class DeleteOnRequest {
  constructor(
    private readonly deletions: Deletions,
    private readonly holds: LegalHolds,
    private readonly jobs: Jobs,
  ) {}

  /** Also of what nobody has read: its approval keeps later backups from reading it. The warning is for who has mistaken the id. */
  async request(tenant: TenantId, wanted: NewDeletion): Promise<DeletionAndWarnings> {
    await this.#requireNoHold(tenant, wanted);
    const deletion = await this.deletions.request(tenant, wanted);
    const isKnown = await this.deletions.hasBeenRead(tenant, wanted.backupSetId, wanted.subject);
    return { deletion, warnings: isKnown ? [] : [NOTHING_READ] };
  }

  /** The last approval stands even where the job cannot begin yet: the warnings say why, and what to do. */
  async approve(tenant: TenantId, id: DeletionId, by: string): Promise<DeletionAndWarnings> {
    await this.#requireNoHold(tenant, await this.deletions.get(tenant, id));
    const deletion = await this.deletions.approve(tenant, id, by);
    if (deletionState(standingOf(deletion)) === 'waiting') return { deletion, warnings: [] };
    try {
      await this.start(tenant, id);
    } catch (error) {
      if (!isAppError(error, 'FAILED_PRECONDITION')) throw error;
      return { deletion, warnings: [`It is approved and has not begun. ${error.message}`] };
    }
    return { deletion: await this.deletions.get(tenant, id), warnings: [] };
  }

  async start(tenant: TenantId, id: DeletionId): Promise<Job> {
    const deletion = await this.deletions.get(tenant, id);
    const { backupSetId, vaultId, subject } = deletion;
    const state = deletionState(standingOf(deletion));
    if (state !== 'approved' && state !== 'failed') throw refused(id, WHY_NOT[state]);
    await this.#requireNoHold(tenant, deletion);
    const backup = await this.deletions.runningBackup(tenant, backupSetId);
    if (backup)
      throw refused(
        id,
        `Backup ${backup} of the set is running. Wait until it has ended, or stop it; then run: holdfast deletion run ${id}`,
      );
    const jobId = parseJobId(randomUUID());
    const terms: DeletionTerms = { deletionId: id, resourceIds: [...resourcesToDelete(subject)] };
    await this.jobs.open(tenant, {
      ...{ jobId, kind: 'deletion', backupSetId, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false },
      termsJson: JSON.stringify(terms),
    });
    await this.deletions.setJob(tenant, id, jobId);
    await this.jobs.addTasks(tenant, jobId, [vaultResource(vaultId)]);
    return this.jobs.close(tenant, jobId, []);
  }

  async #requireNoHold(tenant: TenantId, { backupSetId, subject }: NewDeletion | Deletion): Promise<void> {
    const held = await this.holds.heldAmong(tenant, backupSetId, resourcesToDelete(subject));
    if (held.size > 0) throw heldBack([...held].join(', '));
  }
}

const NOTHING_READ =
  'No backup in the history of the set has read anything of it. Look whether the id is right. Approved as it is, it removes what is there, if anything, and keeps later backups from reading it.';

export function standingOf({ approvals, withdrawn, job }: Deletion) {
  return { approvals, isWithdrawn: withdrawn !== undefined, ...(job && { jobState: job.state }) };
}

/** What a legal hold forbids. */
export function heldBack(resources: string): AppError {
  return new AppError(
    'FAILED_PRECONDITION',
    `A legal hold is on ${resources}: nothing of it may be deleted. \`holdfast hold list\` shows the holds; have those on it lifted first.`,
  );
}

const WHY_NOT = {
  waiting: 'It needs the approvals of two persons first.',
  withdrawn: 'It was withdrawn. Make a new request.',
  running: 'Its job is running.',
  removed: 'It has been done. `holdfast deletion certificate` says what was removed.',
} as const;

function refused(deletionId: DeletionId, why: string): AppError {
  return new AppError('FAILED_PRECONDITION', `Deletion ${deletionId} is not started. ${why}`, {
    context: { deletionId },
  });
}
