import {
  newBackupSet,
  newExport,
  newPlan,
  newTenant,
  searchRequest,
  type AccountView,
  type BackupSetView,
  type JobActivityView,
  type JobReportView,
  type JobView,
  type TenantView,
} from '@holdfast/contracts/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorOf, FakeApi } from './fake-api.suite.js';
import { profilePath } from './settings/profile.js';

const ID = (n: number) => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;
const [TENANT, OTHER, SET, JOB, VAULT, PLAN, PLACE] = [1, 2, 3, 4, 5, 6, 7].map(ID) as [string, ...string[]] & string[];
const SNAPSHOT = 'ab'.repeat(32);
const NOW = Date.UTC(2025, 0, 1);

const tenant = (tenantId: string, displayName: string): TenantView => ({
  tenantId,
  displayName,
  directoryId: ID(8),
  clientId: ID(9),
  cloud: 'global',
  credentialKind: 'secret',
  createdAtMs: NOW,
});
const set: BackupSetView = {
  backupSetId: SET!,
  displayName: 'Everybody',
  source: { allAccounts: true, accountIds: [], workloads: ['mail', 'drive'], skipUnlicensed: false },
  vaultId: VAULT!,
  timeZone: 'UTC',
  version: 4,
  createdAtMs: NOW,
};
const ann: AccountView = {
  accountId: 'u1',
  displayName: 'Ann',
  address: 'ann@example.com',
  kind: 'user',
  isLicensed: true,
  isEnabled: true,
};
const job: JobView = {
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
const tally = { items: 3, originalBytes: 2_048 };
const report: JobReportView = {
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
};
const activity: JobActivityView = {
  jobId: JOB!,
  state: 'running',
  tasksTotal: 2,
  tasksFinished: 1,
  itemsDone: 5,
  bytesDone: 50,
  requests: 7,
  throttled: 0,
  runningResourceIds: ['mail.u1'],
  atMs: NOW,
};
const item = {
  itemId: 'AAMk=',
  kind: 'message',
  name: 'Hello \u001b[2J',
  bytes: 10,
  recipients: [],
  isFolder: false,
  path: ['Inbox'],
};
const snapshot = {
  vaultId: VAULT,
  snapshotId: SNAPSHOT,
  resourceId: 'mail.u1',
  backupSetId: SET,
  jobId: JOB,
  number: 1,
  jobStartedAtMs: NOW,
  committedAtMs: NOW,
};
const counts = {
  createFolders: 0,
  create: 2,
  overwrite: 1,
  keepBoth: 0,
  skip: 0,
  unchanged: 4,
  bytes: 10,
  requests: 3,
  expectedMs: 1_000,
};
const plan = {
  planId: PLAN,
  vaultId: VAULT,
  policy: 'overwrite',
  createdAtMs: NOW,
  counts,
  warnings: ['Labels are lost.'],
};
const ours = `tenants/${TENANT}`;
const rows = (...some: object[]) => ({ rows: some });
const world = {
  'GET tenants': rows(tenant(TENANT, 'Contoso')),
  [`GET ${ours}/backup-sets`]: rows(set),
  [`GET ${ours}/accounts?startsWith=ann@example.com&pageSize=100`]: rows(ann),
  [`GET ${ours}/jobs/${JOB}`]: job,
  [`GET ${ours}/jobs/${JOB}/report`]: report,
};

let api: FakeApi;
beforeAll(async () => {
  api = await FakeApi.start();
});
beforeEach(() => api.answers(world));
afterAll(() => api.close());

describe('how the command is used', () => {
  it('ends with 2 for a wrong use and says how it is used', async () => {
    for (const line of [
      ['nonsense'],
      ['tenant', 'add', 'X'],
      ['job', 'list', '--limit', 'many'],
      ['set', 'list', '--bogus'],
    ]) {
      const { code, err } = await api.run(line);
      expect([code, err]).toEqual([2, expect.stringContaining('error:')]);
    }
    expect(await api.run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('restore') });
  });

  it('asks for a key, and for a server that can be reached', async () => {
    const without = await api.run(['tenant', 'list'], { env: { HOLDFAST_API_KEY: '' } });
    expect([without.code, without.err]).toEqual([2, expect.stringContaining('holdfast login')]);
    const away = await api.run(['tenant', 'list', '--url', 'http://127.0.0.1:9']);
    expect([away.code, away.err]).toEqual([1, expect.stringContaining('cannot be reached')]);
    const strange = await api.run(['tenant', 'list', '--url', 'ftp://backup.example.com']);
    expect([strange.code, strange.err]).toEqual([2, expect.stringContaining('no http or https address')]);
  });

  it("shows the server's words, every field that breaks a rule, and ends with 1", async () => {
    const problems = [{ field: 'displayName', rule: 'has to be shorter' }];
    const body = errorOf('INVALID_ARGUMENT', 'The request breaks a rule.', problems);
    api.answers({ 'GET tenants': { status: 400, body } });
    expect(await api.run(['tenant', 'list'])).toEqual({
      code: 1,
      out: '',
      err: 'error: The request breaks a rule.\n  displayName: has to be shorter\n  (INVALID_ARGUMENT, request r-1)\n',
    });
  });

  it('takes the only tenant, or asks which', async () => {
    api.answers({ ...world, [`GET ${ours}/destinations`]: rows() });
    expect((await api.run(['destination', 'list'])).out).toContain('There is no destination yet');
    api.answers({
      'GET tenants': rows(tenant(TENANT, 'Contoso'), tenant(OTHER!, 'Fabrikam')),
      'GET caller': { keyId: 'k', role: 'provider-operator' },
      [`GET tenants/${OTHER}/destinations`]: rows(),
    });
    expect((await api.run(['destination', 'list'])).code).toBe(2);
    expect((await api.run(['destination', 'list', '--tenant', 'fabrikam'])).code).toBe(0);
    expect((await api.run(['destination', 'list'], { env: { HOLDFAST_TENANT: OTHER! } })).code).toBe(0);
    const unknown = await api.run(['destination', 'list', '--tenant', 'Nobody']);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('Contoso')]);
  });

  it('prints the API’s JSON when asked to', async () => {
    const { out } = await api.run(['--json', 'tenant', 'list']);
    expect(JSON.parse(out)).toEqual([tenant(TENANT, 'Contoso')]);
  });
});

describe('login', () => {
  it('tries the key, keeps it for this user alone, and uses it from then on', async () => {
    api.answers({ ...world, 'GET caller': { keyId: 'k', role: 'provider-operator' } });
    const none = { HOLDFAST_API_KEY: '', HOLDFAST_URL: '' };
    const login = await api.run(['login', '--url', api.url, '--key-file', '-'], { env: none, input: 'kept-key\n' });
    expect(login).toMatchObject({ code: 0, out: expect.stringContaining('provider-operator') });
    const file = profilePath(api.home);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: api.url, key: 'kept-key' });
    expect((await api.run(['tenant', 'list'], { env: none })).code).toBe(0);
    expect(api.seen.at(-1)?.key).toBe('Bearer kept-key');
    await writeFile(file, '{}');
  });
});

describe('tenants and sets', () => {
  it('registers a tenant with a secret that stands on no command line', async () => {
    api.answers({ 'POST tenants': tenant(TENANT, 'Contoso') });
    const line = ['tenant', 'add', 'Contoso', '--directory', ID(8), '--client', ID(9)];
    const { code } = await api.run(line, { env: { HOLDFAST_CLIENT_SECRET: 'hunter2' } });
    expect(code).toBe(0);
    expect(newTenant.parse(api.sent('POST tenants')).credential).toEqual({ kind: 'secret', clientSecret: 'hunter2' });
    const missing = await api.run(line);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('HOLDFAST_CLIENT_SECRET')]);
  });

  it('fails a test that found something, and names it', async () => {
    const steps = [{ name: 'mail', ok: false, message: 'A right is missing.', missingPermissions: ['Mail.Read'] }];
    api.answers({ ...world, [`POST ${ours}/test`]: { ok: false, steps } });
    const { code, out } = await api.run(['tenant', 'test']);
    expect([code, out]).toEqual([1, expect.stringContaining('missing: Mail.Read')]);
  });

  it('makes a set of chosen accounts by their addresses and shows the key once', async () => {
    const keyText = `${'k'.repeat(43)}=`;
    api.answers({
      ...world,
      [`GET ${ours}/destinations`]: rows({
        destinationId: PLACE,
        displayName: 'Here',
        kind: 'folder',
        settings: { kind: 'folder', path: '/b' },
        createdAtMs: NOW,
      }),
      [`POST ${ours}/backup-sets`]: { backupSet: set, keyText, warnings: ['Weak.'] },
    });
    const chosen = ['--account', 'ann@example.com', '--destination', 'Here', '--workload', 'mail'];
    const { code, out, err } = await api.run(['set', 'create', 'Board', ...chosen]);
    expect([code, err]).toEqual([0, 'Weak.\n']);
    expect(out).toContain(`Key: ${keyText}`);
    const body = newBackupSet.parse(api.sent(`POST ${ours}/backup-sets`));
    expect(body.source).toMatchObject({ accountIds: ['u1'], workloads: ['mail'] });
    expect(body.vault).toMatchObject({ destinationIds: [PLACE], encryption: { kind: 'default' } });
    expect((await api.run(['set', 'create', 'Board', '--destination', 'Here'])).code).toBe(2);
  });

  it('changes a set at the version it read and leaves the rest', async () => {
    api.answers({ ...world, [`GET ${ours}/backup-sets/${SET}`]: set, [`PUT ${ours}/backup-sets/${SET}`]: set });
    await api.run(['set', 'change', 'everybody', '--name', 'All']);
    expect(api.sent(`PUT ${ours}/backup-sets/${SET}`)).toEqual({
      version: 4,
      displayName: 'All',
      source: set.source,
      timeZone: 'UTC',
    });
  });
});

describe('a backup', () => {
  const events = (...some: readonly [string, object][]) =>
    some.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  const watched = {
    [`POST ${ours}/backup-sets/${SET}/jobs`]: { ...job, state: 'running' },
    [`GET ${ours}/jobs/${JOB}/activity`]: events(
      ['activity', activity],
      ['activity', { ...activity, state: 'completed' }],
      ['end', {}],
    ),
  };

  it('is started and watched in plain lines, then reported', async () => {
    api.answers({ ...world, ...watched });
    const { code, out } = await api.run(['backup', 'run', '--watch', '--full-check']);
    expect(code).toBe(0);
    expect(api.sent(`POST ${ours}/backup-sets/${SET}/jobs`)).toEqual({ fullCheck: true });
    expect(out).toContain('1/2 resources, 5 items, 50 B, running');
    expect(out).toMatch(/new +3 +2\.0 KiB/);
    expect(out).toContain('skipped: too-large: 3');
    expect(out).toMatch(/Took +1 min 5 s/);
  });

  it('is watched as lines of JSON', async () => {
    api.answers({ ...world, ...watched });
    const { out } = await api.run(['backup', 'watch', JOB!, '--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([activity, { ...activity, state: 'completed' }, report]);
  });

  it('fails unless it ended well', async () => {
    api.answers({ ...world, ...watched, [`GET ${ours}/jobs/${JOB}`]: { ...job, state: 'completed-with-errors' } });
    const { code, err } = await api.run(['backup', 'watch', JOB!]);
    expect([code, err]).toEqual([1, expect.stringContaining('completed-with-errors')]);
  });

  it('is watched on when the connection breaks off, but not for ever', async () => {
    let calls = 0;
    const broken = () => {
      calls += 1;
      return {};
    };
    api.answers({ ...world, [`GET ${ours}/jobs/${JOB}/activity`]: broken });
    const { code, err } = await api.run(['backup', 'watch', JOB!]);
    expect([code, calls, err]).toEqual([1, 11, expect.stringContaining('again and again')]);
  });
});

describe('content', () => {
  const items = `${ours}/vaults/${VAULT}/resources/mail.u1/snapshots/${SNAPSHOT}/items`;
  const found = { [`GET ${ours}/snapshots?backupSetId=${SET}&resourceId=mail.u1&pageSize=1`]: rows(snapshot) };

  it('is browsed by the names of folders, and drives no terminal', async () => {
    api.answers({
      ...world,
      ...found,
      [`GET ${items}?pageSize=500`]: rows({ ...item, itemId: 'f1', name: 'Inbox', isFolder: true }),
      [`GET ${items}?folderId=f1&pageSize=500`]: rows(item),
    });
    const { code, out } = await api.run(['browse', 'mail:ann@example.com', 'inbox']);
    expect([code, out]).toEqual([0, expect.stringContaining('Hello \ufffd[2J')]);
    const missing = await api.run(['browse', 'mail:ann@example.com', 'Outbox']);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('no folder Outbox')]);
  });

  it('is searched page after page up to the limit', async () => {
    const pages = [{ rows: [item, item], nextPageToken: 'next' }, { rows: [item, item] }];
    let page = 0;
    api.answers({ ...world, [`POST ${ours}/search`]: () => ({ ...pages[page++], examined: 9 }) });
    const line = [
      'search',
      'Hello',
      '--match',
      'starts-with',
      '--kind',
      'message',
      '--min-size',
      '1kb',
      '--limit',
      '3',
    ];
    const { code, out, err } = await api.run([...line, '--from', '2025-01-01T00:00Z', '--job', JOB!]);
    expect([code, out.match(/AAMk=/g)?.length, err]).toEqual([0, 3, expect.stringContaining('more than 3')]);
    const body = searchRequest.parse(api.sent(`POST ${ours}/search`));
    expect(body).toMatchObject({
      from: { jobId: JOB },
      match: 'starts-with',
      minBytes: 1_000,
      fromMs: NOW,
      pageToken: 'next',
    });
  });

  it('is planned to be restored elsewhere, shown, and performed', async () => {
    api.answers({
      ...world,
      [`POST ${ours}/restore-plans`]: plan,
      [`POST ${ours}/restore-plans/${PLAN}/perform`]: { planId: PLAN, jobId: JOB },
    });
    const line = [
      'restore',
      'plan',
      '--resource',
      'mail.u9',
      '--item',
      'AAMk=',
      '--to',
      'ann@example.com',
      '--policy',
      'skip',
    ];
    const { code, out } = await api.run(line);
    expect([code, out]).toEqual([0, expect.stringContaining('! Labels are lost.')]);
    expect(newPlan.parse(api.sent(`POST ${ours}/restore-plans`))).toMatchObject({
      from: { backupSetId: SET },
      sources: [{ resourceId: 'mail.u9', itemIds: ['AAMk='], targetAccountId: 'u1' }],
      policy: 'skip',
    });
    expect((await api.run(['restore', 'perform', PLAN!])).out).toContain(JOB);
    expect((await api.run(['restore', 'plan'])).code).toBe(2);
    expect((await api.run(['restore', 'plan', '--all', '--resource', 'mail.u9'])).code).toBe(2);
  });

  it('is exported to a file that does not exist yet', async () => {
    const exportId = ID(8);
    const downloadPath = `/api/v1/${ours}/exports/${exportId}/content`;
    api.answers({
      ...world,
      [`POST ${ours}/exports`]: { exportId, downloadPath, expiresAtMs: NOW },
      [`GET ${ours}/exports/${exportId}/content`]: 'the file',
    });
    const file = join(api.home, 'out.zip');
    const line = ['export', '--resource', 'drive:ann@example.com', '--format', 'zip', '-o', file];
    expect((await api.run(line)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('the file');
    expect(newExport.parse(api.sent(`POST ${ours}/exports`)).sources[0]?.resourceId).toBe('drive.u1');
    expect((await api.run(line)).code).toBe(2);
    expect((await api.run([...line.slice(0, -1), '-'])).out).toBe('the file');
  });
});

describe('keys and the audit trail', () => {
  const apiKey = { keyId: 'a1', displayName: 'CI', role: 'customer-admin', createdBy: 'bootstrap', createdAtMs: NOW };

  it('makes, lists and revokes keys', async () => {
    api.answers({
      ...world,
      [`POST ${ours}/api-keys`]: { apiKey, token: 'hf_a1_secret' },
      [`GET ${ours}/api-keys`]: rows({ ...apiKey, expiresAtMs: NOW }),
      [`DELETE ${ours}/api-keys/a1`]: {},
    });
    const made = await api.run(['key', 'create', 'CI', '--role', 'customer-admin', '--expires-in-days', '7']);
    expect(made.out).toBe('hf_a1_secret\n');
    expect(api.sent(`POST ${ours}/api-keys`)).toEqual({ displayName: 'CI', role: 'customer-admin', expiresInDays: 7 });
    expect((await api.run(['key', 'list'])).out).toContain('expired');
    expect((await api.run(['key', 'revoke', 'a1'])).code).toBe(0);
  });

  it('fails when the trail was changed', async () => {
    api.answers({ 'GET audit/verification': { ok: false, entries: 2, firstBroken: 3 } });
    const { code, err } = await api.run(['audit', 'verify', '--provider']);
    expect([code, err]).toEqual([1, expect.stringContaining('Entry 3')]);
  });
});
