import { CredentialKind, KeyKind, type Tenant } from '@holdfast/contracts/auth/v1';
import type { JobReport } from '@holdfast/contracts/reporting/v1';
import { ConflictPolicy, type Item, type Plan } from '@holdfast/contracts/restore/v1';
import {
  JobKind,
  JobState,
  type BackupSet,
  type Job,
  type Deletion,
  type LegalHold,
} from '@holdfast/contracts/scheduler/v1';
import type { Finding, RetentionVerdict, Snapshot } from '@holdfast/contracts/storage/v1';

export const OURS = 'aaaaaaaa-0000-4000-8000-000000000000';
export const THEIRS = 'bbbbbbbb-0000-4000-8000-000000000000';
export const SET = '11111111-0000-4000-8000-000000000000';
export const VAULT = '22222222-0000-4000-8000-000000000000';
export const JOB = '33333333-0000-4000-8000-000000000000';
export const PLAN = '44444444-0000-4000-8000-000000000000';
export const DESTINATION = '55555555-0000-4000-8000-000000000000';
export const DELETION = '77777777-0000-4000-8000-000000000000';
export const HOLD = '66666666-0000-4000-8000-000000000000';
export const MAIL = 'mail.0a1b2c';
export const SNAPSHOT = 'ab'.repeat(32);
export const KEY_TEXT = `${'k'.repeat(43)}=`;

export const NOW = Date.UTC(2025, 0, 1);

export const tenant = (tenantId: string): Tenant => ({
  tenantId,
  displayName: 'Contoso',
  directoryId: 'd0000000-0000-4000-8000-000000000000',
  clientId: 'c0000000-0000-4000-8000-000000000000',
  cloud: 'global',
  credentialKind: CredentialKind.CREDENTIAL_KIND_SECRET,
  createdAtMs: NOW,
  credentialExpiresAtMs: 0,
});
export const destination = {
  tenantId: OURS,
  destinationId: DESTINATION,
  displayName: 'Bucket',
  kind: 's3',
  settingsJson: JSON.stringify({ kind: 's3', host: 's3.example.com', bucket: 'backup' }),
  createdAtMs: NOW,
  version: 2,
};
export const vault = {
  tenantId: OURS,
  vaultId: VAULT,
  keyKind: KeyKind.KEY_KIND_DEFAULT,
  keyBits: 256,
  destinationIds: [DESTINATION],
  createdAtMs: NOW,
  generation: 1,
  header: Buffer.alloc(0),
};
export const set: BackupSet = {
  tenantId: OURS,
  backupSetId: SET,
  displayName: 'Everybody',
  source: { allAccounts: true, accountIds: [], workloads: ['mail'], skipUnlicensed: false },
  vaultId: VAULT,
  timeZone: 'UTC',
  version: 3,
  retentionJson: '{"days":30}',
  retentionRuns: 'after-each-backup',
  createdAtMs: NOW,
  lastJobAtMs: 0,
  lastJobState: JobState.JOB_STATE_UNSPECIFIED,
};
export const job: Job = {
  tenantId: OURS,
  jobId: JOB,
  kind: JobKind.JOB_KIND_BACKUP,
  state: JobState.JOB_STATE_RUNNING,
  backupSetId: SET,
  planId: '',
  vaultId: VAULT,
  startedAtMs: NOW,
  finishedAtMs: 0,
  tasksTotal: 2,
  tasksFinished: 1,
  warnings: [],
  afterJobId: '',
};
export const verdict: RetentionVerdict = {
  snapshotId: SNAPSHOT,
  resourceId: MAIL,
  number: 4,
  jobStartedAtMs: NOW,
  stays: true,
  explanation: 'kept because it is the newest of its resource',
  jobId: JOB,
  wentAtMs: 0,
};
export const hold: LegalHold = {
  tenantId: OURS,
  holdId: HOLD,
  backupSetId: '',
  accountId: '0a1b2c',
  resourceId: '',
  reason: 'Case 7',
  placedBy: '0'.repeat(16),
  placedAtMs: NOW,
  liftedBy: '',
  liftedAtMs: 0,
};
export const deletion: Deletion = {
  tenantId: OURS,
  deletionId: DELETION,
  backupSetId: SET,
  vaultId: VAULT,
  accountId: '0a1b2c',
  resourceId: '',
  reason: 'Art. 17',
  requestedBy: '0'.repeat(16),
  requestedAtMs: NOW,
  approvals: [{ approvedBy: '0'.repeat(16), approvedAtMs: NOW }],
  withdrawnBy: '',
  withdrawnAtMs: 0,
  jobId: '',
  jobState: JobState.JOB_STATE_UNSPECIFIED,
  jobFinishedAtMs: 0,
  state: 'waiting',
  removed: [],
  removedAtMs: 0,
  freeing: undefined,
  itemIds: [],
};
export const removedDeletion: Deletion = {
  ...deletion,
  approvals: ['0', '1'].map((digit) => ({ approvedBy: digit.repeat(16), approvedAtMs: NOW })),
  jobId: JOB,
  jobState: JobState.JOB_STATE_COMPLETED,
  jobFinishedAtMs: NOW + 5,
  state: 'removed',
  removedAtMs: NOW + 5,
  freeing: {
    jobId: JOB,
    state: JobState.JOB_STATE_COMPLETED,
    finishedAtMs: NOW + 9,
    bytesFreed: 7,
    snapshotsInUse: 0,
    packsToErase: 0,
  },
  removed: [
    {
      resourceId: MAIL,
      snapshots: 3,
      firstNumber: 1,
      lastNumber: 3,
      firstJobStartedAtMs: NOW,
      lastJobStartedAtMs: NOW,
    },
  ],
};
export const finding: Finding = {
  object: `packs/ab/${'ab'.repeat(32)}`,
  destinationId: DESTINATION,
  damage: 'altered',
  state: 'quarantined',
  bytes: 100,
  jobId: JOB,
  foundAtMs: NOW,
  mendedAtMs: 0,
  snapshots: [{ backupSetId: SET, resourceId: MAIL, snapshotId: SNAPSHOT, number: 4 }],
};
export const tally = { items: 3, originalBytes: 300 };
export const report: JobReport = {
  tenantId: OURS,
  jobId: JOB,
  state: 'completed',
  startedAtMs: NOW,
  finishedAtMs: NOW + 5,
  newItems: tally,
  updated: tally,
  attributesChanged: tally,
  moved: tally,
  deleted: tally,
  unchanged: tally,
  skipped: tally,
  owed: tally,
  skippedByCause: [{ cause: 'too-large', items: 3 }],
  originalBytes: 2 ** 52,
  newBytes: 1,
  storedBytes: 1,
  deduplicatedBytes: 1,
  requests: 9,
  resourceUnits: 9,
  throttled: 0,
  unexplained: 0,
  resources: 1,
  resourcesFailed: 0,
  housekeeping: [{ cause: 'snapshotsKept', items: 2 }],
  destinations: [{ destinationId: DESTINATION, counts: [{ cause: 'packsTaken', items: 3 }] }],
  warnings: ['Locks could not be extended.'],
};
export const snapshot: Snapshot = {
  tenantId: OURS,
  vaultId: VAULT,
  snapshotId: SNAPSHOT,
  resourceId: MAIL,
  backupSetId: SET,
  jobId: JOB,
  epoch: 1,
  generation: 1,
  number: 1,
  parentSnapshotId: '',
  jobStartedAtMs: NOW,
  committedAtMs: NOW + 5,
};
export const item: Item = {
  itemId: 'AAMk=',
  parentId: 'inbox',
  kind: 'message',
  name: 'A secret subject',
  bytes: 10,
  createdAtMs: NOW,
  modifiedAtMs: NOW,
  sortAtMs: NOW,
  sender: 'a@example.com',
  recipients: ['b@example.com'],
  isFolder: false,
  path: ['Inbox'],
  resourceId: MAIL,
  snapshotId: SNAPSHOT,
};
export const plan: Plan = {
  tenantId: OURS,
  planId: PLAN,
  vaultId: VAULT,
  policy: ConflictPolicy.CONFLICT_POLICY_OVERWRITE,
  createdAtMs: NOW,
  jobId: '',
  counts: undefined,
  warnings: [],
};
export const step = {
  number: 1,
  resourceId: MAIL,
  itemId: 'AAMk=',
  action: 'create',
  name: 'A secret subject',
  path: 'Inbox',
  state: 'planned',
  errorCode: '',
  errorMessage: '',
};
export const activity = {
  tenantId: OURS,
  jobId: JOB,
  tasksTotal: 2,
  tasksFinished: 1,
  itemsDone: 5,
  itemsExpected: 0,
  bytesDone: 50,
  requests: 7,
  throttled: 0,
  runningResourceIds: [MAIL],
  warnings: [],
  atMs: NOW,
};
