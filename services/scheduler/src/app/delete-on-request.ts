import type { DeletionTerms, RewritingTerms } from '@holdfast/contracts';
import {
  AppError,
  isAppError,
  parseJobId,
  vaultResource,
  type DeletionId,
  type ResourceId,
  type TenantId,
} from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { deletionState, resourcesToDelete } from '../domain/deletion.js';
import { Deletions, type Deletion, type NewDeletion } from './deletions.port.js';
import { Jobs, type Job } from './jobs.port.js';
import { LegalHolds } from './legal-holds.port.js';

/** Ids of one resource that approved requests name: each of its backups is told of all, in one message. */
const MOST_EXCLUDED = 10_000;

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
    await this.#requireFew(tenant, wanted);
    const deletion = await this.deletions.request(tenant, wanted);
    const isKnown = await this.deletions.hasBeenRead(tenant, wanted.backupSetId, wanted.subject);
    return { deletion, warnings: isKnown ? [] : [NOTHING_READ] };
  }

  /** The last approval stands even where the job cannot begin yet: the warnings say why, and what to do. */
  async approve(tenant: TenantId, id: DeletionId, by: string): Promise<DeletionAndWarnings> {
    const asked = await this.deletions.get(tenant, id);
    await this.#requireNoHold(tenant, asked);
    await this.#requireFew(tenant, asked);
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
    const { backupSetId, vaultId } = deletion;
    const state = deletionState(standingOf(deletion));
    if (state !== 'approved' && state !== 'failed') throw refused(id, WHY_NOT[state]);
    await this.#requireNoHold(tenant, deletion);
    const backup = await this.deletions.running(tenant, backupSetId, 'backup');
    if (backup)
      throw refused(
        id,
        `Backup ${backup} of the set is running. Wait until it has ended, or stop it; then run: holdfast deletion run ${id}`,
      );
    const jobId = parseJobId(randomUUID());
    const { kind, terms, resource } = workFor(deletion);
    await this.jobs.open(tenant, {
      ...{ jobId, kind, backupSetId, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false },
      termsJson: JSON.stringify(terms),
    });
    await this.deletions.setJob(tenant, id, jobId);
    await this.jobs.addTasks(tenant, jobId, [resource]);
    return this.jobs.close(tenant, jobId, []);
  }

  async #requireFew(tenant: TenantId, { backupSetId, subject }: NewDeletion | Deletion): Promise<void> {
    if (subject.kind !== 'items') return;
    const named = await this.deletions.excludedItems(tenant, backupSetId, subject.resourceId);
    if (new Set([...named, ...subject.itemIds]).size <= MOST_EXCLUDED) return;
    throw new AppError(
      'FAILED_PRECONDITION',
      `Approved deletions of ${subject.resourceId} would name more than ${MOST_EXCLUDED} items. Name the folders that they lie in, or the whole resource.`,
      { context: { resourceId: subject.resourceId } },
    );
  }

  async #requireNoHold(tenant: TenantId, { backupSetId, subject }: NewDeletion | Deletion): Promise<void> {
    const held = await this.holds.heldAmong(tenant, backupSetId, resourcesToDelete(subject));
    if (held.size > 0) throw heldBack([...held].join(', '));
  }
}

/** Whole resources go by storage's hand, in their vault; items by a crawler's, which can read and seal snapshots. */
function workFor({ deletionId, subject, vaultId }: Deletion): {
  readonly kind: 'deletion' | 'rewriting';
  readonly terms: DeletionTerms | RewritingTerms;
  readonly resource: ResourceId;
} {
  if (subject.kind === 'items')
    return { kind: 'rewriting', terms: { deletionId, itemIds: [...subject.itemIds] }, resource: subject.resourceId };
  const terms = { deletionId, resourceIds: [...resourcesToDelete(subject)] };
  return { kind: 'deletion', terms, resource: vaultResource(vaultId) };
}

const NOTHING_READ =
  'No backup in the history of the set has read anything of it. Look whether the id is right. Approved as it is, it removes what is there, if anything, and keeps later backups from reading it.';

export function standingOf({ approvals, withdrawn, removedAtMs, job }: Deletion) {
  const isWithdrawn = withdrawn !== undefined;
  return { approvals, isWithdrawn, isRemoved: removedAtMs !== undefined, ...(job && { jobState: job.state }) };
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
