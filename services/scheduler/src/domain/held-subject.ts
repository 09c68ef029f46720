import { resourceParts, type BackupSetId, type ResourceId } from '@holdfast/kernel';

/** What a legal hold is on. Accounts, by Microsoft's id, and resources are held in every set of the tenant. */
export type HeldSubject =
  | { readonly kind: 'set'; readonly backupSetId: BackupSetId }
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'resource'; readonly resourceId: ResourceId };

/** The id that names the subject among those of its kind. */
export function idOfSubject(subject: HeldSubject): string {
  switch (subject.kind) {
    case 'set':
      return subject.backupSetId;
    case 'account':
      return subject.accountId;
    case 'resource':
      return subject.resourceId;
  }
}

/** Every subject that a hold on the resource, as the set keeps it, can be on. */
export function subjectsOver(backupSetId: BackupSetId, resourceId: ResourceId): readonly HeldSubject[] {
  return [
    { kind: 'set', backupSetId },
    { kind: 'account', accountId: resourceParts(resourceId).ownerId },
    { kind: 'resource', resourceId },
  ];
}
