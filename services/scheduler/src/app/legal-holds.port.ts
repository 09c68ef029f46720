import type { BackupSetId, JobId, LegalHoldId, ResourceId, TenantId } from '@holdfast/kernel';
import type { HeldSubject } from '../domain/held-subject.js';
import type { Page, PageRequest } from './jobs.port.js';

/** Forbids to let go of anything that can be restored of its subject. Instants in milliseconds since the epoch. */
export interface LegalHold {
  readonly tenantId: TenantId;
  readonly holdId: LegalHoldId;
  readonly subject: HeldSubject;
  readonly reason: string;
  /** Id of an API key. */
  readonly placedBy: string;
  readonly placedAtMs: number;
  /** Absent while the hold stands. */
  readonly lifted?: { readonly by: string; readonly atMs: number };
}

export type NewLegalHold = Pick<LegalHold, 'subject' | 'reason' | 'placedBy'>;

/** What the moment of placing says of a hold's subject. */
export interface HeldPast {
  /** No backup has read anything of the subject. */
  readonly isUnknown: boolean;
  /** Retentions and deletions that run and may have let go of something before the hold stood. */
  readonly running: readonly JobId[];
}

/** Keeps legal holds for ever, the lifted ones too. A hold of another tenant is NOT_FOUND. */
export abstract class LegalHolds {
  /** Makes another one each time. NOT_FOUND for a set that is not there. Stands for every question that is asked after the answer. */
  abstract place(tenant: TenantId, hold: NewLegalHold): Promise<LegalHold>;
  /** Asked after placing. */
  abstract past(tenant: TenantId, subject: HeldSubject): Promise<HeldPast>;
  /** Leaves a lifted one as it was lifted first. */
  abstract lift(tenant: TenantId, hold: LegalHoldId, by: string): Promise<LegalHold>;
  /** Newest first. */
  abstract list(
    tenant: TenantId,
    page: PageRequest,
    options: { readonly withLifted: boolean },
  ): Promise<Page<LegalHold>>;
  /** Those of the resources that a standing hold is on, as the set keeps them. At most 1,000 resources. */
  abstract heldAmong(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlySet<ResourceId>>;
}
