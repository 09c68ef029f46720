import { KeyKind } from '@holdfast/contracts/auth/v1';
import { JobKind, JobState, TaskState } from '@holdfast/contracts/scheduler/v1';
import { AppError } from '@holdfast/kernel';
import { of } from 'rxjs';
import {
  OURS,
  THEIRS,
  SET,
  VAULT,
  JOB,
  PLAN,
  DESTINATION,
  MAIL,
  SNAPSHOT,
  KEY_TEXT,
  NOW,
  tenant,
  destination,
  vault,
  set,
  job,
  verdict,
  hold,
  deletion,
  removedDeletion,
  finding,
  report,
  snapshot,
  item,
  plan,
  step,
  activity,
} from './fake-world.suite.js';

export type Handlers = Record<string, (request: Record<string, unknown>) => unknown>;

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
      createVault: ({ escrow }) => ({
        vault,
        keyText: KEY_TEXT,
        recoveryKeyText: escrow ? KEY_TEXT : '',
        warnings: [],
      }),
      checkKeyPolicy: () => ({}),
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
        copies: [{ destinationId: DESTINATION, holdsVault: true, newestJobStartedAtMs: NOW, trouble: '' }],
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
        destinations: [{ destinationId: DESTINATION, packs: 1, packsBytes: 10, packsBehind: 0, keysBehind: 1 }],
      }),
      listLockFailures: () => ({
        failures: [
          {
            destinationId: DESTINATION,
            sinceMs: NOW,
            lastTriedAtMs: NOW,
            message: 'Since yesterday locks could not be extended.',
            objects: 2,
            bytes: 10,
            lockedUntilMs: NOW,
            unseenObjects: 0,
          },
        ],
      }),
      listSnapshotShares: () => ({
        shares: [{ snapshotId: SNAPSHOT, resourceId: 'mail.u1', number: 7, jobStartedAtMs: NOW, bytes: 9 }],
        nextPageToken: '',
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
        waiting: [{ destinationId: DESTINATION, waitsFor: 'copies', objects: 1, bytes: 7, untilMs: 0 }],
        needed: { byOne: 9, bySeveral: 4 },
        isErasing: true,
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
      listRetentionVerdicts: () => ({
        verdicts: [verdict, { ...verdict, stays: false, wentAtMs: NOW }],
        nextPageToken: 'more',
      }),
    } as Handlers,
    BrowseService: {
      listFolder: () => paged('items', item),
      getItem: () => item,
      findItems: () => ({ itemIds: ['AAMk='] }),
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
