import { AppError } from '@holdfast/kernel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { apiControllers } from './adapters/http/controllers.js';
import { routesOf } from './adapters/http/route.js';
import { DESTINATION, JOB, MAIL, OURS, SET, SNAPSHOT, THEIRS, VAULT } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
}, 60_000);
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const newest = async (count: number, path = `${ours}/audit`) =>
  (await gateway.call('GET', `${path}?pageSize=${count}`)).body.rows;

/** What somebody with the database's own rights could do. */
async function inDatabase(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('the audit trail', () => {
  it('has an entry before and after a change, with the ids of what was made', async () => {
    const body = {
      displayName: 'Everybody',
      source: { allAccounts: true, workloads: ['mail'] },
      vault: { destinationIds: [DESTINATION], encryption: { kind: 'custom', passphrase: 'correct horse' } },
    };
    const { headers } = await gateway.call('POST', `${ours}/backup-sets`, { body });
    const [done, asked] = await newest(2);
    const same = { actor: 'bootstrap', action: 'backup-set.create', requestId: headers.get('x-request-id') };
    expect(asked).toMatchObject({ ...same, outcome: 'asked', target: { tenantId: OURS } });
    expect(done).toMatchObject({ ...same, outcome: 'done', target: { backupSetId: SET, vaultId: VAULT } });
    expect(done?.['previousHash']).toBe(asked?.['hash']);
  });

  it('says how a change failed', async () => {
    gateway.fakes.answers.BackupSetService['deleteBackupSet'] = () => {
      throw new AppError('FAILED_PRECONDITION', 'A job is running.');
    };
    expect((await gateway.call('DELETE', `${ours}/backup-sets/${SET}`)).status).toBe(409);
    const [failed] = await newest(1);
    expect(failed).toMatchObject({ outcome: 'failed', errorCode: 'FAILED_PRECONDITION', target: { backupSetId: SET } });
  });

  it('has an entry for each look at content', async () => {
    await gateway.call('GET', `${ours}/vaults/${VAULT}/resources/${MAIL}/snapshots/${SNAPSHOT}/items?folderId=f1`);
    await gateway.call('POST', `${ours}/search`, { body: { from: { jobId: JOB }, pattern: 'layoffs' } });
    const [search, browse] = await newest(2);
    expect(browse).toMatchObject({ action: 'content.browse', target: { resourceId: MAIL, folderId: 'f1' } });
    expect(search).toMatchObject({ action: 'content.search', outcome: 'asked', target: { jobId: JOB } });
  });

  it('holds no secret and no content', async () => {
    const credential = { kind: 'secret', clientSecret: 'hunter2' };
    await gateway.call('PATCH', ours, { body: { displayName: 'A telling name', credential } });
    await gateway.call('POST', `${ours}/search`, { body: { from: { jobId: JOB }, pattern: 'layoffs' } });
    const made = await gateway.call('POST', `${ours}/api-keys`, { body: { displayName: 'X', role: 'customer-admin' } });
    const trail = JSON.stringify(await newest(500));
    for (const secret of [
      'hunter2',
      'telling',
      'layoffs',
      made.body.token.slice(-40),
      'secret subject',
      'correct horse',
    ])
      expect(trail).not.toContain(secret);
    expect(trail).toContain(made.body.apiKey.keyId);
  });

  it('keeps what concerns no customer in a trail of its own, and customers apart', async () => {
    await gateway.call('POST', 'api-keys', { body: { displayName: 'Ops', role: 'provider-auditor' } });
    const [done] = await newest(1, 'audit');
    expect(done).toMatchObject({ action: 'api-key.create', outcome: 'done', number: 2 });
    expect(await newest(10, `tenants/${THEIRS}/audit`)).toEqual([]);
  });

  it('does nothing that it cannot write down', async () => {
    await inDatabase('alter table gateway.audit_entries rename to elsewhere');
    try {
      const stopped = await gateway.call('POST', `${ours}/jobs/${JOB}/stop`);
      expect(stopped.status).toBeGreaterThanOrEqual(500);
      expect(gateway.fakes.seen).toEqual([]);
    } finally {
      await inDatabase('alter table gateway.elsewhere rename to audit_entries');
    }
  });

  it('pages from the newest to the first', async () => {
    const numbers: unknown[] = [];
    let token = '';
    do {
      const { body } = await gateway.call('GET', `${ours}/audit?pageSize=4${token}`);
      numbers.push(...body.rows.map(({ number }) => number));
      token = body.nextPageToken === undefined ? '' : `&pageToken=${body.nextPageToken}`;
    } while (token !== '');
    expect(numbers.at(-1)).toBe(1);
    expect(numbers).toEqual(numbers.map((_, index) => numbers.length - index));
  });

  it('takes entries of many requests at once without a gap', async () => {
    await Promise.all(Array.from({ length: 20 }, () => gateway.call('POST', `${ours}/jobs/${JOB}/stop`)));
    expect((await gateway.call('GET', `${ours}/audit/verification`)).body).toMatchObject({ ok: true });
  });

  it('refuses to be changed', async () => {
    const change = `update gateway.audit_entries set action = 'nothing' where tenant_id = '${OURS}' and number = 3`;
    await expect(inDatabase(change)).rejects.toThrow('only grows');
    await expect(inDatabase('delete from gateway.audit_entries')).rejects.toThrow('only grows');
    await expect(inDatabase('truncate gateway.audit_entries')).rejects.toThrow('only grows');
  });
});

describe('a trail that a superuser of the database changed', () => {
  const entries = 'gateway.audit_entries';
  const ofOurs = `tenant_id = '${OURS}'`;
  const verified = async (query = '') => (await gateway.call('GET', `${ours}/audit/verification${query}`)).body;
  let whole: { readonly entries: number; readonly checkpoint: string };
  beforeAll(async () => {
    await Promise.all(Array.from({ length: 10 }, () => gateway.call('POST', `${ours}/jobs/${JOB}/stop`)));
    whole = (await verified()) as unknown as typeof whole;
    await inDatabase(`create table gateway.kept as select * from ${entries}`);
  });
  afterEach(() =>
    inDatabase(
      `alter table ${entries} disable trigger all`,
      `truncate ${entries}`,
      `insert into ${entries} select * from gateway.kept`,
      `alter table ${entries} enable trigger all`,
    ),
  );
  const tamper = (...statements: string[]) => inDatabase(`alter table ${entries} disable trigger all`, ...statements);
  const shift = (from: number, by: number) => [
    `update ${entries} set number = number + 1000 where ${ofOurs} and number >= ${from}`,
    `update ${entries} set number = number - 1000 + ${by} where ${ofOurs} and number >= 1000`,
  ];

  it.each([
    ['changed', [`update ${entries} set action = 'nothing' where ${ofOurs} and number = 3`]],
    ['removed', [`delete from ${entries} where ${ofOurs} and number = 3`]],
    ['removed', [`delete from ${entries} where ${ofOurs} and number = 3`, ...shift(3, -1)]],
    [
      'reordered',
      [
        `update ${entries} set number = 1000 where ${ofOurs} and number = 3`,
        `update ${entries} set number = 3 where ${ofOurs} and number = 4`,
        `update ${entries} set number = 4 where ${ofOurs} and number = 1000`,
      ],
    ],
    [
      'inserted',
      [
        ...shift(3, 1),
        `insert into ${entries} select tenant_id, 3, at_ms, actor, 'forged', outcome, target, error_code, request_id, previous_hash, hash
         from ${entries} where ${ofOurs} and number = 4`,
      ],
    ],
  ])('tells what was done and where: %s', async (fault, statements) => {
    await tamper(...statements);
    expect(await verified()).toEqual({ ok: false, entries: 2, firstBroken: 3, fault });
  });

  it('tells that its end was cut off, to whoever kept a checkpoint or the log', async () => {
    const [last] = await newest(1);
    await tamper(`delete from ${entries} where ${ofOurs} and number >= ${whole.entries - 1}`);
    const cut = { ok: false, entries: whole.entries - 2, firstBroken: whole.entries - 1, fault: 'cut-off' };
    expect(await verified(`?checkpoint=${whole.checkpoint}`)).toEqual(cut);
    expect(await verified(`?entry=${String(last?.['number'])}:${String(last?.['hash'])}`)).toEqual(cut);
    // Nobody else can know.
    expect(await verified()).toMatchObject({ ok: true, entries: whole.entries - 2 });
  });

  it('tells that its end was cut off to whoever asked for anything, by the checkpoint in the answer', async () => {
    const { headers } = await gateway.call('POST', `${ours}/jobs/${JOB}/stop`);
    const checkpoint = headers.get('x-audit-checkpoint') ?? '';
    expect(await verified(`?checkpoint=${checkpoint}`)).toMatchObject({ ok: true, entries: whole.entries + 2 });
    await tamper(`delete from ${entries} where ${ofOurs} and number > ${whole.entries}`);
    const cut = { ok: false, entries: whole.entries, firstBroken: whole.entries + 1, fault: 'cut-off' };
    expect(await verified(`?checkpoint=${checkpoint}`)).toEqual(cut);
  });

  it('tells that it was written anew', async () => {
    await tamper(`delete from ${entries} where ${ofOurs}`);
    const calls = Array.from({ length: Math.ceil(whole.entries / 2) });
    await Promise.all(calls.map(() => gateway.call('POST', `${ours}/jobs/${JOB}/stop`)));
    expect(await verified()).toMatchObject({ ok: true });
    const rewritten = { ok: false, fault: 'rewritten', firstBroken: whole.entries };
    expect(await verified(`?checkpoint=${whole.checkpoint}`)).toMatchObject(rewritten);
  }, 20_000);

  it('believes no checkpoint that was forged, or is of another trail', async () => {
    const another = (await gateway.call('GET', 'audit/verification')).body.checkpoint ?? '';
    const forged = whole.checkpoint.replace(/\.\d+\./, '.1.');
    for (const checkpoint of [another, forged, whole.checkpoint.slice(0, -1), 'hunter2']) {
      const { status, body } = await gateway.call('GET', `${ours}/audit/verification?checkpoint=${checkpoint}`);
      expect([status, body.error.code]).toEqual([400, 'INVALID_ARGUMENT']);
    }
    expect(await verified(`?checkpoint=${whole.checkpoint}`)).toMatchObject({ ok: true, entries: whole.entries });
  });

  it('is the same for a trail that goes on', async () => {
    await gateway.call('POST', `${ours}/jobs/${JOB}/stop`);
    const later = await verified(`?checkpoint=${whole.checkpoint}`);
    expect(later).toMatchObject({ ok: true, entries: whole.entries + 2 });
    expect(later.checkpoint).not.toBe(whole.checkpoint);
  });
});

describe('every route', () => {
  it('that changes something or shows content has its name in the trail', () => {
    const unnamed = routesOf(apiControllers).filter(({ method, audit }) => method !== 'GET' && audit === undefined);
    expect(unnamed).toEqual([]);
    const content = routesOf(apiControllers).filter(({ permission }) => permission.startsWith('content:'));
    expect(content.filter(({ audit }) => audit === undefined)).toEqual([]);
  });
});
