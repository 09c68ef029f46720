import type { Workload } from '@holdfast/kernel';

export type Purpose = 'backup' | 'restore';

/** One right that a workload needs for a purpose, and the names of application permissions that give it: the least first. */
export interface PermissionNeed {
  readonly workload: Workload | 'directory';
  readonly purpose: Purpose;
  readonly what: string;
  readonly anyOf: readonly string[];
}

/** [microsoft-graph-devx-content: permissions/new/permissions.json] */
export const PERMISSION_NEEDS: readonly PermissionNeed[] = [
  need('directory', 'backup', 'list users', 'User.Read.All', 'Directory.Read.All', 'User.ReadWrite.All'),
  need('directory', 'backup', 'read the organisation', 'Organization.Read.All', 'Directory.Read.All'),
  need(
    'directory',
    'backup',
    'read licences',
    'LicenseAssignment.Read.All',
    'Organization.Read.All',
    'Directory.Read.All',
  ),
  need('mail', 'backup', 'read mail', 'Mail.Read', 'Mail.ReadWrite'),
  need('mail', 'backup', 'read what a mailbox is for', 'MailboxSettings.Read', 'MailboxSettings.ReadWrite'),
  need(
    'drive',
    'backup',
    'read files',
    'Files.Read.All',
    'Files.ReadWrite.All',
    'Sites.Read.All',
    'Sites.ReadWrite.All',
    'Sites.FullControl.All',
  ),
  need('mail', 'restore', 'write mail', 'Mail.ReadWrite'),
  need('drive', 'restore', 'write files', 'Files.ReadWrite.All', 'Sites.ReadWrite.All', 'Sites.FullControl.All'),
];

/** A need and whether the token's roles meet it. */
export interface PermissionFinding extends PermissionNeed {
  readonly isGranted: boolean;
  /** The permission to consent to when it is not granted: the least that suffices. */
  readonly missing: string | undefined;
}

/** Holds the roles of a token against what each workload needs. */
export function checkPermissions(roles: readonly string[]): readonly PermissionFinding[] {
  return PERMISSION_NEEDS.map((wanted) => {
    const isGranted = wanted.anyOf.some((name) => roles.includes(name));
    return { ...wanted, isGranted, missing: isGranted ? undefined : wanted.anyOf[0] };
  });
}

function need(
  workload: PermissionNeed['workload'],
  purpose: Purpose,
  what: string,
  ...anyOf: readonly string[]
): PermissionNeed {
  return { workload, purpose, what, anyOf };
}
