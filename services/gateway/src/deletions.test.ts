import {
  deletionAndWarnings,
  deletionCertificate,
  deletionStanding,
  deletionStatement,
  jobView,
} from '@holdfast/contracts/api';
import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPublicKey, verify } from 'node:crypto';
import { deletion, DELETION, JOB, MAIL, OURS, SET, SNAPSHOT, VAULT } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const deletions = `tenants/${OURS}/deletions`;
const one = `${deletions}/${DELETION}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;
const admin = () => gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin');
const idOf = (key: string) => key.split('_')[1];
const requestedLater = () => {
  const requestedAtMs = gateway.clock.now() + 1_000;
  gateway.fakes.answers.DeletionService['getDeletion'] = () => ({ ...deletion, requestedAtMs });
};

describe('a deletion', () => {
  it('is requested and approved in the name of the caller', async () => {
    const key = await admin();
    const body = { of: { kind: 'account', accountId: '0a1b2c' }, reason: 'Art. 17' };
    const made = await gateway.call('POST', `tenants/${OURS}/backup-sets/${SET}/deletions`, { key, body });
    expect([made.status, made.body]).toEqual([
      201,
      {
        deletion: expect.objectContaining({ deletionId: DELETION, state: 'waiting' }),
        warnings: ['No backup has read anything of it.'],
      },
    ]);
    expect(lastRequest('requestDeletion')).toEqual({
      ...{ tenantId: OURS, backupSetId: SET, accountId: '0a1b2c', resourceId: '', itemIds: [] },
      ...{ reason: 'Art. 17', requestedBy: idOf(key) },
    });
    const items = { kind: 'items', resourceId: MAIL, itemIds: ['AAMk='] };
    const path = `tenants/${OURS}/backup-sets/${SET}/deletions`;
    await gateway.call('POST', path, { key, body: { of: items, reason: 'Art. 17' } });
    expect(lastRequest('requestDeletion')).toMatchObject({ accountId: '', resourceId: MAIL, itemIds: ['AAMk='] });
    gateway.fakes.answers.DeletionService['getDeletion'] = () => ({
      ...{ ...deletion, accountId: '', resourceId: MAIL, itemIds: ['AAMk='] },
    });
    expect((await gateway.call('GET', one)).body).toMatchObject({ of: items });
    requestedLater();
    const approved = await gateway.call('POST', `${one}/approvals`, { key });
    expect(approved.body).toMatchObject({ deletion: { deletionId: DELETION }, warnings: ['It has not begun.'] });
    expect(lastRequest('approveDeletion')).toMatchObject({ deletionId: DELETION, decidedBy: idOf(key) });
    const { body: trail } = await gateway.call('GET', `tenants/${OURS}/audit`);
    expect(trail.rows.slice(0, 2).map(({ action, actor }) => [action, actor])).toEqual([
      ['deletion.approve', idOf(key)],
      ['deletion.approve', idOf(key)],
    ]);
    expect(JSON.stringify(trail)).not.toContain('Art. 17');
  });

  it('warns of ids that fit nothing in any snapshot, looked for until all are found, and is made all the same', async () => {
    const path = `tenants/${OURS}/backup-sets/${SET}/deletions`;
    const ask = async (...itemIds: string[]) => {
      const body = { of: { kind: 'items', resourceId: MAIL, itemIds }, reason: 'Art. 17' };
      const { status, body: answer } = await gateway.call('POST', path, { body });
      expect(status).toBe(201);
      return deletionAndWarnings.parse(answer).warnings.slice(1);
    };
    expect(await ask('AAMk=')).toEqual([]);
    expect(lastRequest('findItems')).toMatchObject({ resourceId: MAIL, itemIds: ['AAMk='], snapshotIds: [SNAPSHOT] });
    const list = gateway.fakes.answers.SnapshotService['listSnapshots']!;
    let pages = 0;
    gateway.fakes.answers.SnapshotService['listSnapshots'] = (request) => ({
      ...(list(request) as object),
      nextPageToken: (pages += 1) < 3 ? 'more' : '',
    });
    const [warning = '', ...others] = await ask('AAMk=', 'mistaken', 'mistaken');
    expect(warning).toMatch(/^1 of 3 ids fit nothing in any snapshot of the resource: mistaken\. /);
    expect([pages, others]).toEqual([3, []]);
    expect(lastRequest('findItems')).toMatchObject({ itemIds: ['mistaken'] });
    const many = Array.from({ length: 12 }, (_, at) => `none-${at}`);
    expect((await ask(...many))[0]).toContain('none-9, and 2 more. ');
    gateway.fakes.answers.BrowseService['findItems'] = () => {
      throw new AppError('KEY_WRONG', 'Somebody has to type the key.');
    };
    expect(await ask('AAMk=')).toEqual([
      expect.stringContaining('could not be looked up: Somebody has to type the key'),
    ]);
    gateway.fakes.answers.SnapshotService['listSnapshots'] = () => ({ snapshots: [], nextPageToken: '' });
    expect(await ask('AAMk=')).toEqual([]);
  });

  it('is not approved by a key that was made after it was requested', async () => {
    const requestedAtMs = gateway.clock.now();
    gateway.fakes.answers.DeletionService['getDeletion'] = () => ({ ...deletion, requestedAtMs });
    const provider = await gateway.makeKey('api-keys', 'provider-operator');
    for (const key of [await admin(), provider]) {
      const { status, body } = await gateway.call('POST', `${one}/approvals`, { key });
      expect([status, body.error.message]).toEqual([403, expect.stringContaining('made after')]);
    }
    expect(lastRequest('approveDeletion')).toBeUndefined();
  });

  it('is withdrawn, listed, and run again', async () => {
    const key = await admin();
    const withdrawn = await gateway.call('POST', `${one}/withdraw`, { key });
    expect(withdrawn.body).toMatchObject({ state: 'withdrawn', withdrawn: { by: idOf(key) } });
    expect((await gateway.call('GET', deletions)).body.rows).toEqual([expect.objectContaining({ state: 'waiting' })]);
    const run = await gateway.call('POST', `${one}/jobs`, { key });
    expect([run.status, jobView.parse(run.body).kind]).toEqual([201, 'deletion']);
  });

  it('is certified under a signature that the certificate lets check', async () => {
    const { body } = await gateway.call('GET', `${one}/certificate`);
    const { statement, signature, publicKey } = deletionCertificate.parse(body);
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    const isSigned = (text: string) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
    expect([isSigned(statement), isSigned(`${statement} `)]).toEqual([true, false]);
    expect(deletionStatement.parse(JSON.parse(statement))).toMatchObject({
      tenantId: OURS,
      deletion: { deletionId: DELETION, vaultId: VAULT, jobId: JOB, removed: [{ resourceId: MAIL, snapshots: 3 }] },
      bytes: { standing: 'waiting' },
    });
  });

  it('is shown with the space freeing that it started, and with what remains', async () => {
    const { body } = await gateway.call('GET', one);
    expect(deletionStanding.parse(body)).toMatchObject({
      freeing: { jobId: JOB, state: 'completed', bytesFreed: 7, snapshotsInUse: 0, packsToErase: 0 },
      bytes: { standing: 'waiting', waitingBytes: 7 },
    });
    gateway.fakes.answers.DeletionService['getDeletion'] = () => deletion;
    const { body: waiting } = await gateway.call('GET', one);
    expect(deletionStanding.parse(waiting)).not.toHaveProperty('bytes');
  });

  it('is not certified before it is done', async () => {
    gateway.fakes.answers.DeletionService['getDeletion'] = () => deletion;
    const { status, body } = await gateway.call('GET', `${one}/certificate`);
    expect([status, body.error.code]).toEqual([409, 'FAILED_PRECONDITION']);
  });

  it('is not for those who only look or restore', async () => {
    const auditor = await gateway.makeKey('api-keys', 'provider-auditor');
    const restorer = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-restore-operator');
    expect((await gateway.call('GET', `${one}/certificate`, { key: auditor })).status).toBe(200);
    expect((await gateway.call('GET', deletions, { key: restorer })).status).toBe(403);
    for (const key of [auditor, restorer])
      for (const path of [
        `tenants/${OURS}/backup-sets/${SET}/deletions`,
        `${one}/approvals`,
        `${one}/withdraw`,
        `${one}/jobs`,
      ]) {
        const body = { of: { kind: 'account', accountId: 'u' }, reason: 'x' };
        expect((await gateway.call('POST', path, { key, ...(path.includes(SET) && { body }) })).status).toBe(403);
      }
  });

  it.each([
    [{ of: { kind: 'set', backupSetId: SET }, reason: 'x' }, 'of.kind'],
    [{ of: { kind: 'resource', resourceId: 'mail' }, reason: 'x' }, 'of.resourceId'],
    [{ of: { kind: 'account', accountId: 'u' } }, 'reason'],
    [{ of: { kind: 'items', resourceId: MAIL, itemIds: [] }, reason: 'x' }, 'of.itemIds'],
    [{ of: { kind: 'items', resourceId: MAIL }, reason: 'x' }, 'of.itemIds'],
  ])('has to say of what and why: %j', async (body, field) => {
    const { status, body: answer } = await gateway.call('POST', `tenants/${OURS}/backup-sets/${SET}/deletions`, {
      body,
    });
    expect([status, answer.error.problems.map((problem) => problem.field)]).toEqual([400, [field]]);
  });
});
