import type {
  AccountView,
  BackupSetView,
  JobActivityView,
  JobReportView,
  JobView,
  TenantView,
} from '@holdfast/contracts/api';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { FakeApi } from './fake-api.suite.js';

export const ID = (n: number) => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;
export const [TENANT, OTHER, SET, JOB, VAULT, PLAN, PLACE] = [1, 2, 3, 4, 5, 6, 7].map(ID) as [string, ...string[]] &
  string[];
export const SNAPSHOT = 'ab'.repeat(32);
export const NOW = Date.UTC(2025, 0, 1);

export const tenant = (tenantId: string, displayName: string): TenantView => ({
  tenantId,
  displayName,
  directoryId: ID(8),
  clientId: ID(9),
  cloud: 'global',
  credentialKind: 'secret',
  createdAtMs: NOW,
});
export const set: BackupSetView = {
  backupSetId: SET!,
  displayName: 'Everybody',
  source: { allAccounts: true, accountIds: [], workloads: ['mail', 'drive'], skipUnlicensed: false },
  vaultId: VAULT!,
  timeZone: 'UTC',
  retention: { days: 30 },
  retentionRuns: 'after-each-backup',
  version: 4,
  createdAtMs: NOW,
};
export const ann: AccountView = {
  accountId: 'u1',
  displayName: 'Ann',
  address: 'ann@example.com',
  kind: 'user',
  isLicensed: true,
  isEnabled: true,
};
export const job: JobView = {
  jobId: JOB!,
  kind: 'backup',
  state: 'completed',
  backupSetId: SET!,
  vaultId: VAULT!,
  startedAtMs: NOW,
  finishedAtMs: NOW + 65_000,
  tasksTotal: 2,
  tasksFinished: 2,
  warnings: [],
};
export const tally = { items: 3, originalBytes: 2_048 };
export const report: JobReportView = {
  jobId: JOB!,
  state: 'completed',
  startedAtMs: NOW,
  finishedAtMs: NOW + 65_000,
  newItems: tally,
  updated: tally,
  attributesChanged: tally,
  moved: tally,
  deleted: tally,
  unchanged: tally,
  skipped: tally,
  owed: tally,
  skippedByCause: [{ cause: 'too-large', items: 3 }],
  originalBytes: 2_048,
  newBytes: 2_000,
  storedBytes: 1_000,
  deduplicatedBytes: 48,
  requests: 9,
  resourceUnits: 0,
  throttled: 0,
  unexplained: 0,
  resources: 2,
  resourcesFailed: 0,
  housekeeping: [],
  destinations: [],
  warnings: [],
};
export const activity: JobActivityView = {
  jobId: JOB!,
  state: 'running',
  tasksTotal: 2,
  tasksFinished: 1,
  itemsDone: 5,
  bytesDone: 50,
  requests: 7,
  throttled: 0,
  runningResourceIds: ['mail.u1'],
  warnings: [],
  atMs: NOW,
};
export const item = {
  itemId: 'AAMk=',
  kind: 'message',
  name: 'Hello \u001b[2J',
  bytes: 10,
  recipients: [],
  isFolder: false,
  path: ['Inbox'],
};
export const snapshot = {
  vaultId: VAULT,
  snapshotId: SNAPSHOT,
  resourceId: 'mail.u1',
  backupSetId: SET,
  jobId: JOB,
  number: 1,
  jobStartedAtMs: NOW,
  committedAtMs: NOW,
};
export const counts = {
  createFolders: 0,
  create: 2,
  overwrite: 1,
  keepBoth: 0,
  skip: 0,
  unchanged: 4,
  bytes: 10,
  requests: 3,
  units: 4,
  uploadBytes: 14,
  expectedMs: 1_000,
  bindingLimit: 'drive-minute',
};
export const plan = {
  planId: PLAN,
  vaultId: VAULT,
  policy: 'overwrite',
  createdAtMs: NOW,
  counts,
  warnings: ['Labels are lost.'],
};
export const ours = `tenants/${TENANT}`;
export const rows = (...some: object[]) => ({ rows: some });
export const world = {
  'GET tenants': rows(tenant(TENANT, 'Contoso')),
  [`GET ${ours}/backup-sets`]: rows(set),
  [`GET ${ours}/accounts?startsWith=ann@example.com&pageSize=100`]: rows(ann),
  [`GET ${ours}/jobs/${JOB}`]: job,
  [`GET ${ours}/jobs/${JOB}/report`]: report,
};

/** An API that answers as {@link world} says before each test of a file. */
export function useFakeApi(): () => FakeApi {
  let api: FakeApi;
  beforeAll(async () => {
    api = await FakeApi.start();
  });
  beforeEach(() => api.answers(world));
  afterAll(() => api.close());
  return () => api;
}
