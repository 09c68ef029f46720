import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Observable, throwError } from 'rxjs';
import {
  DESTINATION,
  item,
  job,
  JOB,
  KEY_TEXT,
  MAIL,
  OURS,
  PLAN,
  SET,
  snapshot,
  SNAPSHOT,
  VAULT,
} from './fake-answers.suite.js';
import { BOOTSTRAP, TestGateway } from './test-gateway.suite.js';

const BIG = 200_000;
const ours = `tenants/${OURS}`;
const s3 = { kind: 's3', host: 's3.example.com', bucket: 'backup' };
const secrets = { kind: 's3', accessKey: 'access', secretKey: 'hidden-secret' };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({}, (request, response) => {
    if (request.url !== '/exports/token') return void response.writeHead(410).end();
    response.writeHead(200, {
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="a.zip"',
    });
    response.end(Buffer.alloc(BIG, 7));
  });
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('tenants and what they hold', () => {
  it('registers a tenant with a secret or a certificate', async () => {
    const tenant = {
      displayName: ' Contoso ',
      directoryId: 'd0000000-0000-4000-8000-000000000000',
      clientId: 'c0000000-0000-4000-8000-000000000000',
    };
    const credential = { kind: 'secret', clientSecret: 'hunter2' };
    const made = await gateway.call('POST', 'tenants', { body: { ...tenant, credential } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ tenantId: OURS, credentialKind: 'secret' });
    expect(JSON.stringify(made.body)).not.toContain('hunter2');
    expect(lastRequest('createTenant')).toMatchObject({
      displayName: 'Contoso',
      cloud: 'global',
      credential: { clientSecret: 'hunter2', certificate: '' },
    });
    const pem = (label: string) => `-----BEGIN ${label}-----\nAA==\n-----END ${label}-----\n`;
    const certificate = { kind: 'certificate', privateKey: pem('PRIVATE KEY'), certificate: pem('CERTIFICATE') };
    await gateway.call('PATCH', ours, { body: { credential: certificate } });
    expect(lastRequest('updateTenant')).toMatchObject({
      displayName: '',
      credential: { clientSecret: '', certificatePrivateKey: certificate.privateKey },
    });
  });

  it('tests a tenant and names what is missing', async () => {
    const { body } = await gateway.call('POST', `${ours}/test`);
    expect(body.steps).toEqual([
      { name: 'mail', ok: false, message: 'Mail.Read is missing.', missingPermissions: ['Mail.Read'] },
    ]);
  });

  it('lists accounts in pages', async () => {
    const { body } = await gateway.call('GET', `${ours}/accounts?pageSize=7&pageToken=t&startsWith=an`);
    expect(body.rows[0]).toMatchObject({ accountId: 'u1', address: 'ann@example.com' });
    expect(lastRequest('listAccounts')).toEqual({ tenantId: OURS, pageSize: 7, pageToken: 't', startsWith: 'an' });
  });

  it('saves a destination with its credentials apart, and tests it before and after', async () => {
    const body = { displayName: 'Bucket', settings: s3, credentials: secrets };
    const made = await gateway.call('POST', `${ours}/destinations`, { body });
    expect(made.body).toMatchObject({ destinationId: DESTINATION, settings: { ...s3, tls: true } });
    const { settingsJson, credentialsJson } = lastRequest('createDestination') ?? {};
    expect(settingsJson).not.toContain('hidden-secret');
    expect(JSON.parse(String(credentialsJson))).toEqual(secrets);
    const { displayName: _, ...place } = body;
    expect((await gateway.call('POST', `${ours}/destinations/test`, { body: place })).body.ok).toBe(true);
    expect((await gateway.call('POST', `${ours}/destinations/${DESTINATION}/test`)).body.ok).toBe(true);
    expect(lastRequest('testDestination')).toMatchObject({ destinationId: DESTINATION, settingsJson: '' });
    expect((await gateway.call('DELETE', `${ours}/destinations/${DESTINATION}`)).status).toBe(204);
  });

  it('changes a destination as of a version, and passes no secret on where none is given', async () => {
    const at = `${ours}/destinations/${DESTINATION}`;
    const body = { version: 2, displayName: 'Other', settings: { ...s3, bucket: 'others' } };
    expect((await gateway.call('PUT', at, { body })).body).toMatchObject({ destinationId: DESTINATION, version: 2 });
    const { settingsJson, ...sent } = lastRequest('changeDestination') ?? {};
    expect(sent).toEqual({
      tenantId: OURS,
      destinationId: DESTINATION,
      version: 2,
      displayName: 'Other',
      credentialsJson: '',
    });
    expect(JSON.parse(String(settingsJson))).toMatchObject({ bucket: 'others' });
    await gateway.call('PUT', at, { body: { ...body, credentials: secrets } });
    expect(JSON.parse(String(lastRequest('changeDestination')?.['credentialsJson']))).toEqual(secrets);
    const unversioned = await gateway.call('PUT', at, { body: { ...body, version: undefined } });
    expect([unversioned.status, JSON.stringify(unversioned.body)]).toEqual([400, expect.stringContaining('version')]);
  });

  it('wants credentials of the kind of the settings', async () => {
    for (const credentials of [undefined, { kind: 'folder' }]) {
      const body = { displayName: 'Bucket', settings: s3, credentials };
      const { status, body: answer } = await gateway.call('POST', `${ours}/destinations`, { body });
      expect([status, answer.error.problems[0]?.field]).toEqual([400, 'credentials']);
    }
  });
});

describe('backup sets and jobs', () => {
  const source = { allAccounts: true, workloads: ['mail', 'drive'] };

  it('makes the vault, then the set, and shows the key once', async () => {
    const body = {
      displayName: 'Everybody',
      source,
      timeZone: 'Europe/Vienna',
      vault: { destinationIds: [DESTINATION] },
    };
    const made = await gateway.call('POST', `${ours}/backup-sets`, { body });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ keyText: KEY_TEXT, backupSet: { backupSetId: SET, vaultId: VAULT } });
    expect(lastRequest('createVault')).toMatchObject({
      keyKind: 1,
      destinationIds: [DESTINATION],
      compression: 'auto',
    });
    expect(lastRequest('createBackupSet')).toMatchObject({ vaultId: VAULT, timeZone: 'Europe/Vienna' });
    const shown = await gateway.call('GET', `${ours}/backup-sets/${SET}`);
    expect(JSON.stringify(shown.body)).not.toContain(KEY_TEXT);
  });

  it.each([
    ['ALREADY_EXISTS', VAULT],
    ['DEPENDENCY_UNAVAILABLE', undefined],
  ] as const)('takes the vault back when scheduler answers %s, for certain only', async (code, discarded) => {
    const { createBackupSet } = gateway.fakes.answers.BackupSetService;
    gateway.fakes.answers.BackupSetService['createBackupSet'] = () => {
      throw new AppError(code, 'No set was made.');
    };
    const body = { displayName: 'Twice', source, vault: { destinationIds: [DESTINATION] } };
    const refused = await gateway.call('POST', `${ours}/backup-sets`, { body });
    gateway.fakes.answers.BackupSetService['createBackupSet'] = createBackupSet!;
    expect(refused.body.error.code).toBe(code);
    expect(lastRequest('discardVault')?.['vaultId']).toBe(discarded);
  });

  it('takes a vault that exists instead, and not both', async () => {
    const shared = { displayName: 'More', source, vaultId: VAULT };
    const made = await gateway.call('POST', `${ours}/backup-sets`, { body: shared });
    expect(made.status).toBe(201);
    expect(made.body.keyText).toBeUndefined();
    expect(lastRequest('createVault')).toBeUndefined();
    const both = await gateway.call('POST', `${ours}/backup-sets`, {
      body: { ...shared, vault: { destinationIds: [DESTINATION] } },
    });
    expect(both.body.error.problems).toEqual([
      { field: 'vault', rule: 'has to be given, or vaultId instead; not both' },
    ]);
  });

  it('changes a set by its version and passes a conflict on', async () => {
    const body = { version: 3, displayName: 'Some', source, timeZone: 'UTC', retention: { jobs: 7 } };
    expect((await gateway.call('PUT', `${ours}/backup-sets/${SET}`, { body })).status).toBe(200);
    expect(lastRequest('updateBackupSet')).toMatchObject({ version: 3, retentionJson: '{"jobs":7}' });
    gateway.fakes.answers.BackupSetService['updateBackupSet'] = () => {
      throw new AppError('CONFLICT', 'The backup set was changed since you read it.');
    };
    const late = await gateway.call('PUT', `${ours}/backup-sets/${SET}`, { body });
    expect([late.status, late.body.error.code]).toEqual([409, 'CONFLICT']);
    expect((await gateway.call('DELETE', `${ours}/backup-sets/${SET}`)).status).toBe(204);
  });

  it('shows the vault with its statistics', async () => {
    const { body } = await gateway.call('GET', `${ours}/vaults/${VAULT}`);
    expect(body).toMatchObject({ keyKind: 'default', statistics: { packsBytes: 10 } });
  });

  it('changes what opens a vault, and shows new keys once', async () => {
    const KEY = `${'A'.repeat(43)}=`;
    const at = `${ours}/vaults/${VAULT}`;
    const changed = await gateway.call('PUT', `${at}/passphrase`, { body: { passphrase: 'correct horse' } });
    expect(changed.body).toEqual({ keyTexts: [], warnings: ['The passphrase is weak.'] });
    const rotated = await gateway.call('POST', `${at}/key-rotations`, { body: {} });
    expect([rotated.status, rotated.body]).toEqual([201, expect.objectContaining({ keyTexts: [expect.any(String)] })]);
    expect(lastRequest('rotateRootKey')).toEqual({ tenantId: OURS, vaultId: VAULT, passphrase: '' });
    const escrowed = await gateway.call('POST', `${at}/escrows`);
    expect(escrowed.body).toHaveProperty('recoveryKeyText');
    const recovered = await gateway.call('POST', `${at}/key-recoveries`, { body: { recoveryKey: KEY } });
    expect(recovered.status).toBe(201);
    expect(lastRequest('recoverKeys')).toMatchObject({ recoveryKey: KEY, actor: 'bootstrap' });
  });

  it('re-wraps what an earlier provider key has sealed, page by page, and counts it', async () => {
    const counted = await gateway.call('GET', 'provider-key/secrets');
    expect(counted.body).toEqual({ present: 1, rewrapped: 2, remaining: 0, lost: 0, failures: [], next: OURS });
    expect(lastRequest('rewrapSecrets')).toMatchObject({ after: '', countOnly: true, actor: 'bootstrap' });
    const last = await gateway.call('POST', 'provider-key/rewraps', { body: { after: OURS } });
    expect(last.body).toMatchObject({ remaining: 1, failures: [{ tenantId: OURS, message: 'It failed.' }] });
    expect(last.body).not.toHaveProperty('next');
    expect(lastRequest('rewrapSecrets')).toMatchObject({ after: OURS, countOnly: false, actor: 'bootstrap' });
    const trail = await gateway.call('GET', 'audit');
    expect(trail.body.rows[0]).toMatchObject({ action: 'provider-key.rewrap', outcome: 'done' });
  });

  it('looks at a vault that lies at a destination, and brings it back', async () => {
    const KEY = `${'A'.repeat(43)}=`;
    const wanted = { destinationIds: [DESTINATION], secret: { kind: 'key', keys: [KEY] } };
    const look = await gateway.call('POST', `${ours}/vault-rebuilds`, { body: { ...wanted, lookOnly: true } });
    expect(look.body).toMatchObject({ vaultId: VAULT, resourcesLookedAt: 2, isKnown: false });
    expect(look.body).not.toHaveProperty('job');
    expect(gateway.fakes.seen.map(({ method }) => method)).not.toContain('adoptVault');
    const begun = await gateway.call('POST', `${ours}/vault-rebuilds`, { body: wanted });
    expect(begun.status).toBe(201);
    expect(begun.body).toMatchObject({ job: { kind: 'rebuild', jobId: JOB }, warnings: [expect.any(String)] });
    const secret = { rootKeys: [KEY], passphrase: '', recoveryKey: '', providerKey: false, unencrypted: false };
    expect(lastRequest('adoptVault')).toMatchObject({ tenantId: OURS, vaultId: VAULT, secret });
    expect(lastRequest('startRebuild')).toEqual({ tenantId: OURS, vaultId: VAULT });
    const bad = await gateway.call('POST', `${ours}/vault-rebuilds`, {
      body: { ...wanted, secret: { kind: 'key', keys: ['short'] } },
    });
    expect([bad.status, JSON.stringify(bad.body)]).toEqual([400, expect.stringContaining('44 characters')]);
  });

  it('gives a vault other destinations, each named once', async () => {
    const at = `${ours}/vaults/${VAULT}/destinations`;
    const changed = await gateway.call('PUT', at, { body: { destinationIds: [DESTINATION] } });
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining({ vaultId: VAULT })]);
    expect(lastRequest('changeDestinations')).toEqual({
      tenantId: OURS,
      vaultId: VAULT,
      destinationIds: [DESTINATION],
    });
    for (const destinationIds of [[], [DESTINATION, DESTINATION], ['here']])
      expect((await gateway.call('PUT', at, { body: { destinationIds } })).status).toBe(400);
  });

  it('starts, lists, shows and stops jobs', async () => {
    const started = await gateway.call('POST', `${ours}/backup-sets/${SET}/jobs`, { body: { fullCheck: true } });
    expect(started.body).toMatchObject({ jobId: JOB, state: 'running', kind: 'backup' });
    expect(lastRequest('startBackup')).toEqual({ tenantId: OURS, backupSetId: SET, fullCheck: true });
    expect((await gateway.call('POST', `${ours}/backup-sets/${SET}/jobs`)).status).toBe(201);
    const list = await gateway.call('GET', `${ours}/jobs?backupSetId=${SET}`);
    expect(list.body).toMatchObject({ rows: [{ jobId: JOB }], nextPageToken: 'more' });
    expect((await gateway.call('GET', `${ours}/jobs/${JOB}`)).body).not.toHaveProperty('finishedAtMs');
    expect((await gateway.call('POST', `${ours}/jobs/${JOB}/stop`)).body).toMatchObject({ state: 'stopping' });
    const tasks = await gateway.call('GET', `${ours}/jobs/${JOB}/tasks`);
    expect(tasks.body.rows[0]).toMatchObject({ resourceId: MAIL, state: 'leased' });
  });

  it('starts a retention and shows what the newest one said', async () => {
    const { status, body } = await gateway.call('POST', `${ours}/backup-sets/${SET}/retention-jobs`, {
      body: { dryRun: true },
    });
    expect([status, body]).toEqual([201, expect.objectContaining({ kind: 'retention' })]);
    expect(lastRequest('startRetention')).toEqual({ tenantId: OURS, backupSetId: SET, dryRun: true });
    const said = await gateway.call('GET', `${ours}/backup-sets/${SET}/retention-verdicts?pageSize=10`);
    expect(said.body.rows).toEqual([expect.objectContaining({ snapshotId: SNAPSHOT, stays: true })]);
    expect(lastRequest('listRetentionVerdicts')).toMatchObject({ vaultId: VAULT, backupSetId: SET, pageSize: 10 });
  });

  it('starts a space freeing and shows what the newest one said', async () => {
    const { status, body } = await gateway.call('POST', `${ours}/backup-sets/${SET}/freeing-jobs`, { body: {} });
    expect([status, body]).toEqual([201, expect.objectContaining({ kind: 'freeing' })]);
    expect(lastRequest('startFreeing')).toEqual({ tenantId: OURS, backupSetId: SET, dryRun: false });
    const said = await gateway.call('GET', `${ours}/backup-sets/${SET}/freeing-report`);
    expect(said.body).toMatchObject({
      jobId: JOB,
      dryRun: true,
      shares: [{ verdict: 'condemn', because: 'nothing-needed', packs: 2, bytes: 2 ** 40, neededBytes: 0 }],
      waitingObjects: 1,
    });
    expect(lastRequest('getFreeingReport')).toEqual({ tenantId: OURS, vaultId: VAULT });
  });

  it('starts a check of a vault and shows what checks found', async () => {
    const vault = `${ours}/vaults/${VAULT}`;
    const { status, body } = await gateway.call('POST', `${vault}/checks`, { body: { mode: 'sample', days: 30 } });
    expect([status, body]).toEqual([201, expect.objectContaining({ kind: 'check' })]);
    const termsJson = JSON.stringify({ mode: 'sample', days: 30 });
    expect(lastRequest('startCheck')).toEqual({ tenantId: OURS, vaultId: VAULT, termsJson });
    expect((await gateway.call('POST', `${vault}/checks`, { body: { mode: 'some' } })).status).toBe(400);
    const found = await gateway.call('GET', `${vault}/findings?pageSize=10`);
    expect(found.body.rows).toEqual([
      expect.objectContaining({
        damage: 'altered',
        state: 'quarantined',
        snapshots: [expect.objectContaining({ number: 4 })],
      }),
    ]);
    expect(lastRequest('listFindings')).toMatchObject({ vaultId: VAULT, pageSize: 10 });
    const affected = await gateway.call('GET', `${vault}/affected-items?pageSize=10`);
    expect(affected.body.rows).toEqual([
      expect.objectContaining({
        itemId: 'AAMk=',
        state: 'past',
        until: expect.objectContaining({ number: 5 }),
      }),
    ]);
    expect((affected.body.rows as { path: string[] }[])[0]?.path.length).toBeGreaterThan(0);
    expect(lastRequest('getItem')).toMatchObject({ itemId: 'AAMk=', place: { snapshotId: SNAPSHOT } });
  });

  it('reports with numbers of 64 bits as JSON numbers', async () => {
    const { body } = await gateway.call('GET', `${ours}/jobs/${JOB}/report`);
    expect(body).toMatchObject({ newItems: { items: 3 }, originalBytes: 2 ** 52 });
    const resources = await gateway.call('GET', `${ours}/jobs/${JOB}/resource-reports`);
    expect(resources.body.rows[0]).toMatchObject({ resourceId: MAIL, counts: { requests: 9 } });
    const events = await gateway.call('GET', `${ours}/jobs/${JOB}/events?severity=warning`);
    expect(events.body.rows[0]?.['message']).toBe('The job started.');
    expect(lastRequest('listJobEvents')).toMatchObject({ severity: 'warning' });
  });

  it('waits for a report of a job that reporting has not heard of yet', async () => {
    const { getJobReport } = gateway.fakes.answers.ReportService;
    let asked = 0;
    gateway.fakes.answers.ReportService['getJobReport'] = (request) => {
      asked += 1;
      if (asked < 3) throw new AppError('NOT_FOUND', 'No such job.');
      return getJobReport?.(request);
    };
    expect((await gateway.call('GET', `${ours}/jobs/${JOB}/report`)).status).toBe(200);
    gateway.fakes.answers.ReportService['getJobReport'] = () => {
      throw new AppError('NOT_FOUND', 'No such job.');
    };
    gateway.fakes.answers.JobService['getJob'] = () => {
      throw new AppError('NOT_FOUND', 'There is no such job.');
    };
    const unknown = await gateway.call('GET', `${ours}/jobs/${JOB}/report`);
    expect([unknown.status, unknown.body.error.message]).toEqual([404, 'There is no such job.']);
  });
});

describe('the live watch', () => {
  const watch = async () => {
    const response = await fetch(`${gateway.url}/${ours}/jobs/${JOB}/activity`, {
      headers: { authorization: `Bearer ${BOOTSTRAP}` },
    });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  it('sends each activity as an event, then the end', async () => {
    const { type, text } = await watch();
    expect(type).toBe('text/event-stream');
    const events = text.split('\n\n').filter(Boolean);
    expect(events.map((event) => event.split('\n')[0])).toEqual(['event: activity', 'event: activity', 'event: end']);
    expect(JSON.parse(events[1]?.split('data: ')[1] ?? '')).toMatchObject({ jobId: JOB, state: 'completed' });
  });

  it('stops asking when the watcher goes away', async () => {
    const left = new Promise<void>((resolve) => {
      gateway.fakes.answers.ActivityService['watchJob'] = () =>
        new Observable((subscriber) => {
          subscriber.next({ jobId: JOB, state: 'running', runningResourceIds: [] });
          return resolve;
        });
    });
    const gone = new AbortController();
    const response = await fetch(`${gateway.url}/${ours}/jobs/${JOB}/activity`, {
      headers: { authorization: `Bearer ${BOOTSTRAP}` },
      signal: gone.signal,
    });
    await response.body?.getReader().read();
    gone.abort();
    await left;
  });

  it('says so when the watch fails', async () => {
    const { watchJob } = gateway.fakes.answers.ActivityService;
    gateway.fakes.answers.ActivityService['watchJob'] = () =>
      throwError(() => new AppError('DEPENDENCY_UNAVAILABLE', 'The database is away.'));
    const { text } = await watch();
    expect(text).toContain('DEPENDENCY_UNAVAILABLE');
    expect(watchJob).toBeDefined();
  });
});

describe('snapshots and content', () => {
  it('lists snapshots of a set, a job, or as of a job', async () => {
    await gateway.call('GET', `${ours}/snapshots?backupSetId=${SET}&resourceId=${MAIL}`);
    expect(lastRequest('listSnapshots')).toMatchObject({
      vaultId: VAULT,
      backupSetId: SET,
      resourceId: MAIL,
      asOfMs: 0,
    });
    await gateway.call('GET', `${ours}/snapshots?jobId=${JOB}`);
    expect(lastRequest('listSnapshots')).toMatchObject({ jobId: JOB, asOfMs: 0 });
    const { body } = await gateway.call('GET', `${ours}/snapshots?asOfJobId=${JOB}`);
    expect(lastRequest('listSnapshots')).toMatchObject({ jobId: '', backupSetId: SET, asOfMs: job.startedAtMs });
    expect(body.rows[0]?.['snapshotId']).toBe(SNAPSHOT);
    const nothing = await gateway.call('GET', `${ours}/snapshots`);
    expect(nothing.body.error.problems).toEqual([
      { field: 'backupSetId', rule: 'has to be given, or one of jobId and vaultId' },
    ]);
  });

  it('browses a snapshot, or a resource as of a job', async () => {
    const there = `${ours}/vaults/${VAULT}/resources/${MAIL}/snapshots/${SNAPSHOT}/items`;
    const folder = await gateway.call('GET', `${there}?folderId=AAMk%3D&pageSize=5`);
    expect(folder.body.rows[0]).toMatchObject({ name: 'A secret subject', kind: 'message' });
    expect(lastRequest('listFolder')).toEqual({
      place: { tenantId: OURS, vaultId: VAULT, resourceId: MAIL, snapshotId: SNAPSHOT, actor: 'bootstrap' },
      folderId: 'AAMk=',
      pageSize: 5,
      pageToken: '',
    });
    expect((await gateway.call('GET', `${there}/AAMk%3D`)).body).toMatchObject({ itemId: 'AAMk=' });
    await gateway.call('GET', `${ours}/jobs/${JOB}/resources/${MAIL}/items`);
    expect(lastRequest('listFolder')).toMatchObject({ place: { snapshotId: SNAPSHOT }, folderId: '' });
    expect((await gateway.call('GET', `${ours}/jobs/${JOB}/resources/${MAIL}/items/x`)).status).toBe(200);
    const log = await gateway.call('GET', `${ours}/jobs/${JOB}/resources/${MAIL}/log`);
    expect(log.body.rows[0]).toMatchObject({ outcome: 'skipped', cause: 'too-large' });
  });

  it('searches group after group of resources, in one state', async () => {
    const pages = [
      { snapshots: [snapshot], nextPageToken: 'group2' },
      { snapshots: [snapshot], nextPageToken: '' },
    ];
    gateway.fakes.answers.SnapshotService['listSnapshots'] = ({ pageToken }) => pages[pageToken === '' ? 0 : 1];
    const within: unknown[] = [];
    gateway.fakes.answers.SearchService['search'] = ({ pageToken }) => {
      within.push(pageToken);
      return { items: [item], nextPageToken: within.length === 1 ? 'within2' : '', examined: 10 };
    };
    const asOf = new Set<unknown>();
    let pageToken: string | undefined;
    let found = 0;
    do {
      const body = { from: { backupSetId: SET }, pattern: 'secret', match: 'starts-with', pageToken };
      const answer = await gateway.call('POST', `${ours}/search`, { body });
      found += answer.body.rows.length;
      asOf.add(lastRequest('listSnapshots')?.['asOfMs']);
      pageToken = answer.body.nextPageToken;
    } while (pageToken !== undefined);
    expect(within).toEqual(['', 'within2', '']);
    expect([found, asOf.size]).toEqual([3, 1]);
    expect(lastRequest('search')).toMatchObject({
      match: 3,
      pattern: 'secret',
      skipSubfolders: false,
      fields: ['name'],
    });
  });
});

describe('restores and exports', () => {
  it('plans, shows, performs and reports', async () => {
    const body = {
      from: { jobId: JOB },
      sources: [{ resourceId: MAIL, itemIds: ['AAMk='], targetAccountId: 'u2' }],
      policy: 'keep-both',
    };
    const plan = await gateway.call('POST', `${ours}/restore-plans`, { body });
    expect(plan.status).toBe(201);
    expect(plan.body).toMatchObject({ planId: PLAN, policy: 'overwrite', counts: { create: 0 } });
    expect(lastRequest('createPlan')).toMatchObject({
      vaultId: VAULT,
      policy: 3,
      sources: [{ resourceId: MAIL, snapshotId: SNAPSHOT, itemIds: ['AAMk='], targetAccountId: 'u2' }],
    });
    expect((await gateway.call('GET', `${ours}/restore-plans/${PLAN}`)).status).toBe(200);
    const steps = await gateway.call('GET', `${ours}/restore-plans/${PLAN}/steps`);
    expect(steps.body.rows[0]).toMatchObject({ action: 'create', state: 'planned' });
    const performed = await gateway.call('POST', `${ours}/restore-plans/${PLAN}/perform`);
    expect(performed.body).toEqual({ planId: PLAN, jobId: JOB });
    const report = await gateway.call('GET', `${ours}/restore-plans/${PLAN}/report`);
    expect(report.body).toMatchObject({ failures: [{ errorCode: 'GRAPH_DENIED' }] });
  });

  it('plans every resource when none is named', async () => {
    await gateway.call('POST', `${ours}/restore-plans`, { body: { from: { backupSetId: SET } } });
    expect(lastRequest('createPlan')).toMatchObject({ sources: [{ resourceId: MAIL, itemIds: [] }] });
  });

  it('streams an export through, keeping restore’s path to itself', async () => {
    const body = { from: { jobId: JOB }, sources: [{ resourceId: MAIL }], format: 'zip' };
    const made = await gateway.call('POST', `${ours}/exports`, { body });
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.body)).not.toContain('token');
    const at = new URL(made.body.downloadPath, gateway.url);
    const response = await fetch(at, { headers: { authorization: `Bearer ${BOOTSTRAP}` } });
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="a.zip"');
    expect((await response.arrayBuffer()).byteLength).toBe(BIG);
    expect((await fetch(at)).status).toBe(401);
  });

  it('says what to do when the export is over', async () => {
    const { createExport } = gateway.fakes.answers.ExportService;
    gateway.fakes.answers.ExportService['createExport'] = (request) => ({
      ...(createExport?.(request) as object),
      path: '/exports/gone',
      expiresAtMs: gateway.clock.now() + 60_000,
    });
    const body = { from: { jobId: JOB }, sources: [{ resourceId: MAIL }], format: 'eml' };
    const made = await gateway.call('POST', `${ours}/exports`, { body });
    const path = `${ours}/exports/${made.body.exportId}/content`;
    expect((await gateway.call('GET', path)).body.error.message).toContain('Make a new one');
    gateway.clock.shift(61_000);
    expect((await gateway.call('GET', path)).status).toBe(404);
  });
});
