import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HOLD, OURS } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const holds = `tenants/${OURS}/legal-holds`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('legal holds', () => {
  it('are placed in the name of the caller, and lifted', async () => {
    const key = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin');
    const keyId = key.split('_')[1];
    const body = { on: { kind: 'account', accountId: '0a1b2c' }, reason: ' Case 7 ' };
    const placed = await gateway.call('POST', holds, { key, body });
    expect(placed.status).toBe(201);
    expect(placed.body).toMatchObject({
      hold: { holdId: HOLD, on: body.on, reason: 'Case 7' },
      warnings: ['No backup has read anything of it.'],
    });
    expect(lastRequest('placeLegalHold')).toEqual({
      ...{ tenantId: OURS, backupSetId: '', accountId: '0a1b2c', resourceId: '' },
      ...{ reason: 'Case 7', placedBy: keyId },
    });
    const lifted = await gateway.call('POST', `${holds}/${HOLD}/lift`, { key });
    expect(lifted.body).toMatchObject({ holdId: HOLD, liftedBy: keyId });
    const audit = await gateway.call('GET', `tenants/${OURS}/audit`);
    const written = audit.body.rows.map(({ action, outcome, actor, target }) => ({ action, outcome, actor, target }));
    expect(written.slice(0, 4)).toEqual(
      ['lift', 'lift', 'place', 'place'].map((verb, at) => ({
        action: `legal-hold.${verb}`,
        outcome: at % 2 === 0 ? 'done' : 'asked',
        actor: keyId,
        target: expect.objectContaining({ tenantId: OURS }),
      })),
    );
    expect(JSON.stringify(written)).not.toContain('Case 7');
  });

  it('are listed, lifted ones on request', async () => {
    const { body } = await gateway.call('GET', `${holds}?withLifted=true&pageSize=7`);
    expect(body.rows).toEqual([
      expect.objectContaining({ holdId: HOLD, on: { kind: 'account', accountId: '0a1b2c' } }),
    ]);
    expect(body.rows[0]).not.toHaveProperty('liftedAtMs');
    expect(lastRequest('listLegalHolds')).toEqual({ tenantId: OURS, withLifted: true, pageSize: 7, pageToken: '' });
  });

  it('are not for those who only look or restore', async () => {
    const auditor = await gateway.makeKey('api-keys', 'provider-auditor');
    const restorer = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-restore-operator');
    const body = { on: { kind: 'account', accountId: '0a1b2c' }, reason: 'Case 7' };
    expect((await gateway.call('GET', holds, { key: auditor })).status).toBe(200);
    expect((await gateway.call('GET', holds, { key: restorer })).status).toBe(403);
    for (const key of [auditor, restorer]) {
      expect((await gateway.call('POST', holds, { key, body })).status).toBe(403);
      expect((await gateway.call('POST', `${holds}/${HOLD}/lift`, { key })).status).toBe(403);
    }
  });

  it.each([
    [{ on: { kind: 'account', accountId: 'a b' }, reason: 'x' }, 'on.accountId'],
    [{ on: { kind: 'everything' }, reason: 'x' }, 'on.kind'],
    [{ on: { kind: 'resource', resourceId: 'vault.a' }, reason: 'x' }, 'on.resourceId'],
    [{ on: { kind: 'account', accountId: 'a' }, reason: ' ' }, 'reason'],
    [{ on: { kind: 'account', accountId: 'a' } }, 'reason'],
  ])('have to say what and why: %j', async (body, field) => {
    const { status, body: answer } = await gateway.call('POST', holds, { body });
    expect([status, answer.error.problems.map((one) => one.field)]).toEqual([400, [field]]);
    expect(lastRequest('placeLegalHold')).toBeUndefined();
  });
});
