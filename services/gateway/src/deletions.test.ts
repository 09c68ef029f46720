import { deletionCertificate, deletionStatement, jobView } from '@holdfast/contracts/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPublicKey, verify } from 'node:crypto';
import { deletion, DELETION, JOB, MAIL, OURS, SET, VAULT } from './fake-answers.suite.js';
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
      ...{ tenantId: OURS, backupSetId: SET, accountId: '0a1b2c', resourceId: '' },
      ...{ reason: 'Art. 17', requestedBy: idOf(key) },
    });
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
      bytes: { standing: 'not-freed' },
    });
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
  ])('has to say of what and why: %j', async (body, field) => {
    const { status, body: answer } = await gateway.call('POST', `tenants/${OURS}/backup-sets/${SET}/deletions`, {
      body,
    });
    expect([status, answer.error.problems.map((problem) => problem.field)]).toEqual([400, [field]]);
  });
});
