import { CredentialKind, KeyKind, type Tenant } from '@holdfast/contracts/auth/v1';
import type { JobReport } from '@holdfast/contracts/reporting/v1';
import { ConflictPolicy, type Item, type Plan } from '@holdfast/contracts/restore/v1';
import {
  JobKind,
  JobState,
  TaskState,
  type BackupSet,
  type Job,
  type Deletion,
  type LegalHold,
} from '@holdfast/contracts/scheduler/v1';
import type { Finding, RetentionVerdict, Snapshot } from '@holdfast/contracts/storage/v1';
import { AppError } from '@holdfast/kernel';
import { of } from 'rxjs';

export type Handlers = Record<string, (request: Record<string, unknown>) => unknown>;

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

const NOW = Date.UTC(2025, 0, 1);

const tenant = (tenantId: string): Tenant => ({
  tenantId,
  displayName: 'Contoso',
  directoryId: 'd0000000-0000-4000-8000-000000000000',
  clientId: 'c0000000-0000-4000-8000-000000000000',
  cloud: 'global',
  credentialKind: CredentialKind.CREDENTIAL_KIND_SECRET,
  createdAtMs: NOW,
  credentialExpiresAtMs: 0,
});
const destination = {
  tenantId: OURS,
  destinationId: DESTINATION,
  displayName: 'Bucket',
  kind: 's3',
  settingsJson: JSON.stringify({ kind: 's3', host: 's3.example.com', bucket: 'backup' }),
  createdAtMs: NOW,
  version: 2,
};
const vault = {
  tenantId: OURS,
  vaultId: VAULT,
  keyKind: KeyKind.KEY_KIND_DEFAULT,
  keyBits: 256,
  destinationIds: [DESTINATION],
  createdAtMs: NOW,
  generation: 1,
  header: Buffer.alloc(0),
};
const set: BackupSet = {
  tenantId: OURS,
  backupSetId: SET,
  displayName: 'Everybody',
  source: { allAccounts: true, accountIds: [], workloads: ['mail'], skipUnlicensed: false },
  vaultId: VAULT,
  timeZone: 'UTC',
  version: 3,
  retentionJson: '{"days":30}',
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
};
export const verdict: RetentionVerdict = {
  snapshotId: SNAPSHOT,
  resourceId: MAIL,
  number: 4,
  jobStartedAtMs: NOW,
  stays: true,
  explanation: 'kept because it is the newest of its resource',
  jobId: JOB,
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
};
export const removedDeletion: Deletion = {
  ...deletion,
  approvals: ['0', '1'].map((digit) => ({ approvedBy: digit.repeat(16), approvedAtMs: NOW })),
  jobId: JOB,
  jobState: JobState.JOB_STATE_COMPLETED,
  jobFinishedAtMs: NOW + 5,
  state: 'removed',
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
const tally = { items: 3, originalBytes: 300 };
const report: JobReport = {
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
const plan: Plan = {
  tenantId: OURS,
  planId: PLAN,
  vaultId: VAULT,
  policy: ConflictPolicy.CONFLICT_POLICY_OVERWRITE,
  createdAtMs: NOW,
  jobId: '',
  counts: undefined,
  warnings: [],
};
const step = {
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
const activity = {
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
  atMs: NOW,
};

const paged = (name: string, row: object) => ({ [name]: [row], nextPageToken: '' });

/** Fresh answers of a world with one tenant of everything. */
export function answers() {
  return {
    TenantService: {
      createTenant: () => tenant(OURS),
      updateTenant: ({ tenantId }) => tenant(String(tenantId)),
      getTenant: ({ tenantId }) => {
        if (tenantId === OURS || tenantId === THEIRS) return tenant(tenantId);
        throw new AppError('NOT_FOUND', 'There is no such tenant.');
      },
      listTenants: ({ tenantIds }) => {
        const wanted = tenantIds as string[];
        const all = [OURS, THEIRS];
        return { tenants: all.filter((id) => wanted.length === 0 || wanted.includes(id)).map(tenant) };
      },
      deleteTenant: () => ({}),
      testTenant: () => ({
        ok: false,
        steps: [{ name: 'mail', ok: false, message: 'Mail.Read is missing.', missingPermissions: ['Mail.Read'] }],
      }),
    } as Handlers,
    DirectoryService: {
      listAccounts: () =>
        paged('accounts', {
          accountId: 'u1',
          displayName: 'Ann',
          address: 'ann@example.com',
          kind: 'user',
          isLicensed: true,
          isEnabled: true,
        }),
    } as Handlers,
    KeyService: {
      createVault: () => ({ vault, keyText: KEY_TEXT, warnings: [] }),
      getVault: () => vault,
      changeDestinations: () => vault,
      discardVault: () => ({}),
      findVault: () => ({
        vaultId: VAULT,
        keyKind: KeyKind.KEY_KIND_DEFAULT,
        keyBits: 256,
        generation: 1,
        newestJobStartedAtMs: NOW,
        resourcesLookedAt: 2,
        isEveryResource: true,
        isKnown: false,
      }),
      changePassphrase: () => ({ keyTexts: [], recoveryKeyText: '', warnings: ['The passphrase is weak.'] }),
      rotateRootKey: () => ({ keyTexts: [KEY_TEXT], recoveryKeyText: '', warnings: [] }),
      escrowKeys: () => ({ keyTexts: [], recoveryKeyText: KEY_TEXT, warnings: [] }),
      recoverKeys: () => ({ keyTexts: [KEY_TEXT], recoveryKeyText: '', warnings: [] }),
      rewrapSecrets: ({ after }) =>
        after === ''
          ? { present: 1, rewrapped: 2, remaining: 0, lost: 0, failures: [], next: OURS }
          : {
              present: 0,
              rewrapped: 0,
              remaining: 1,
              lost: 0,
              failures: [{ tenantId: OURS, vaultId: '', message: 'It failed.' }],
              next: '',
            },
      adoptVault: () => ({ vault, warnings: ['One destination did not answer.'] }),
    } as Handlers,
    DestinationService: {
      createDestination: () => destination,
      changeDestination: () => destination,
      getDestination: () => destination,
      listDestinations: () => ({ destinations: [destination] }),
      deleteDestination: () => ({}),
    } as Handlers,
    BackupSetService: {
      createBackupSet: () => set,
      getBackupSet: () => set,
      listBackupSets: () => ({ backupSets: [set] }),
      updateBackupSet: () => set,
      deleteBackupSet: () => ({}),
      quoteBackup: () => ({
        requests: 1,
        units: 0,
        bytes: 10,
        items: 2,
        expectedMs: 1_000,
        bindingLimit: 'none',
        resources: 1,
        firstReads: 0,
        unknown: 0,
        asOfDay: '',
        reportsRefused: '',
      }),
    } as Handlers,
    JobService: {
      startBackup: () => job,
      startRebuild: () => ({ ...job, backupSetId: '', kind: JobKind.JOB_KIND_REBUILD }),
      startCheck: () => ({ ...job, kind: JobKind.JOB_KIND_CHECK, backupSetId: '' }),
      startRetention: () => ({ ...job, kind: JobKind.JOB_KIND_RETENTION }),
      startFreeing: () => ({ ...job, kind: JobKind.JOB_KIND_FREEING }),
      stopJob: () => ({ ...job, state: JobState.JOB_STATE_STOPPING }),
      getJob: () => job,
      listJobs: () => ({ jobs: [job], nextPageToken: 'more' }),
      listTasks: () =>
        paged('tasks', {
          tenantId: OURS,
          taskId: PLAN,
          jobId: JOB,
          kind: JobKind.JOB_KIND_BACKUP,
          resourceId: MAIL,
          state: TaskState.TASK_STATE_LEASED,
          attempts: 1,
          epoch: 1,
          progress: undefined,
          lastErrorCode: '',
          lastErrorMessage: '',
          startedAtMs: NOW,
          finishedAtMs: 0,
        }),
    } as Handlers,
    LegalHoldService: {
      placeLegalHold: () => ({ hold, warnings: ['No backup has read anything of it.'] }),
      liftLegalHold: ({ liftedBy }) => ({ ...hold, liftedBy, liftedAtMs: NOW + 5 }),
      listLegalHolds: () => paged('holds', hold),
    } as Handlers,
    DeletionService: {
      requestDeletion: () => ({ deletion, warnings: ['No backup has read anything of it.'] }),
      approveDeletion: () => ({ deletion, warnings: ['It has not begun.'] }),
      withdrawDeletion: ({ decidedBy }) => ({
        ...deletion,
        state: 'withdrawn',
        withdrawnBy: decidedBy,
        withdrawnAtMs: NOW,
      }),
      runDeletion: () => ({ ...job, kind: JobKind.JOB_KIND_DELETION }),
      getDeletion: () => removedDeletion,
      listDeletions: () => paged('deletions', deletion),
    } as Handlers,
    VaultService: {
      getVaultStatistics: () => ({
        packs: 1,
        packsBytes: 10,
        dataBytes: 8,
        metaBytes: 2,
        chunks: 4,
        snapshots: 1,
        destinations: [{ destinationId: DESTINATION, packs: 1, packsBytes: 10, packsBehind: 0 }],
      }),
      getFreeingReport: () => ({
        jobId: JOB,
        dryRun: true,
        decidedAtMs: NOW,
        shares: [
          {
            verdict: 'condemn',
            because: 'nothing-needed',
            packs: 2,
            bytes: 2 ** 40,
            neededBytes: 0,
            lockedBytes: 5,
            lockedUntilMs: NOW,
          },
        ],
        waitingObjects: 1,
        waitingBytes: 7,
        lockedBytes: 0,
        lockedUntilMs: 0,
      }),
      listFindings: () => paged('findings', finding),
      listAffectedItems: () =>
        paged('items', {
          backupSetId: SET,
          resourceId: 'mail.ann',
          itemId: 'AAMk=',
          kind: 'message',
          sinceSnapshotId: SNAPSHOT,
          sinceNumber: 3,
          sinceAtMs: NOW,
          untilNumber: 5,
          untilAtMs: NOW,
          state: 'past',
        }),
      testDestination: () => ({ ok: true, steps: [{ name: 'write', ok: true, message: 'Written.' }] }),
    } as Handlers,
    SnapshotService: {
      listSnapshots: () => paged('snapshots', snapshot),
      listRetentionVerdicts: () => paged('verdicts', verdict),
    } as Handlers,
    BrowseService: {
      listFolder: () => paged('items', item),
      getItem: () => item,
      listJobLog: () =>
        paged('rows', { itemId: 'AAMk=', outcome: 'skipped', cause: 'too-large', path: 'Inbox', atMs: NOW }),
      listExceptions: () =>
        paged('exceptions', {
          outcome: 'owed',
          itemId: 'AAMk=',
          kind: 'message',
          path: ['Inbox', '=1+1'],
          code: 'GRAPH_LOCKED',
          reason: 'Somebody holds it.',
          atMs: NOW,
          atSource: 0,
          inSnapshot: 0,
          attempts: 2,
        }),
    } as Handlers,
    SearchService: { search: () => ({ items: [item], nextPageToken: '', examined: 10 }) } as Handlers,
    PlanService: {
      createPlan: () => plan,
      getPlan: () => plan,
      listPlanSteps: () => paged('steps', step),
      performPlan: () => ({ jobId: JOB }),
      getRestoreReport: () => ({
        planId: PLAN,
        jobId: JOB,
        planned: undefined,
        done: 1,
        failed: 1,
        verified: 1,
        requests: 3,
        failures: [{ ...step, state: 'failed', errorCode: 'GRAPH_DENIED', errorMessage: 'Refused.' }],
        losses: [],
      }),
    } as Handlers,
    ExportService: {
      createExport: () => ({
        exportId: 'x',
        path: '/exports/token',
        fileName: 'export.zip',
        contentType: 'application/zip',
        expiresAtMs: Number.MAX_SAFE_INTEGER,
      }),
    } as Handlers,
    ReportService: {
      getJobReport: () => report,
      listResourceReports: () =>
        paged('resources', {
          resourceId: MAIL,
          outcome: 'completed',
          snapshotId: SNAPSHOT,
          counts: report,
          errorCode: '',
          errorMessage: '',
        }),
      listJobEvents: () =>
        paged('events', { atMs: NOW, severity: 'info', kind: 'started', resourceId: '', message: 'The job started.' }),
    } as Handlers,
    ActivityService: {
      watchJob: () => of({ ...activity, state: 'running' }, { ...activity, state: 'completed', tasksFinished: 2 }),
    } as Handlers,
  };
}

export type ServiceHandlers = ReturnType<typeof answers>;
