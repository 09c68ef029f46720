import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DESTINATION, JOB, KEY_TEXT, OURS, SET, VAULT } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('backup sets and their vaults', () => {
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
    expect(lastRequest('createBackupSet')).toMatchObject({
      vaultId: VAULT,
      timeZone: 'Europe/Vienna',
      retentionRuns: 'after-each-backup',
    });
    const shown = await gateway.call('GET', `${ours}/backup-sets/${SET}`);
    expect(JSON.stringify(shown.body)).not.toContain(KEY_TEXT);
  });

  it('makes a vault that a user password opens, in escrow, and shows both keys once', async () => {
    const encryption = { kind: 'user-password', passphrase: 'correct horse battery staple', escrow: true };
    const body = { displayName: 'Ann', source, vault: { destinationIds: [DESTINATION], encryption } };
    const made = await gateway.call('POST', `${ours}/backup-sets`, { body });
    expect(made.body).toMatchObject({ keyText: KEY_TEXT, recoveryKeyText: KEY_TEXT });
    const { passphrase, escrow } = encryption;
    expect(lastRequest('createVault')).toMatchObject({ keyKind: 4, keyBits: 0, passphrase, escrow });
  });

  it('gives a vault that exists no further set that the provider does not want', async () => {
    const { checkKeyPolicy } = gateway.fakes.answers.KeyService;
    gateway.fakes.answers.KeyService['checkKeyPolicy'] = () => {
      throw new AppError('FAILED_PRECONDITION', 'Put its keys into escrow first.');
    };
    const body = { displayName: 'More', source, vaultId: VAULT };
    const refused = await gateway.call('POST', `${ours}/backup-sets`, { body });
    gateway.fakes.answers.KeyService['checkKeyPolicy'] = checkKeyPolicy!;
    expect([refused.status, refused.body.error.message]).toEqual([409, 'Put its keys into escrow first.']);
    expect(lastRequest('createBackupSet')).toBeUndefined();
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
    expect(lastRequest('updateBackupSet')).toMatchObject({
      version: 3,
      retentionJson: '{"jobs":7}',
      retentionRuns: '',
    });
    await gateway.call('PUT', `${ours}/backup-sets/${SET}`, { body: { ...body, retentionRuns: 'on-request' } });
    expect(lastRequest('updateBackupSet')).toMatchObject({ retentionRuns: 'on-request' });
    const wrong = await gateway.call('PUT', `${ours}/backup-sets/${SET}`, {
      body: { ...body, retentionRuns: 'daily' },
    });
    expect(wrong.body.error.problems).toEqual([
      { field: 'retentionRuns', rule: 'has to be after-each-backup or on-request' },
    ]);
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
    const changed = await gateway.call('PUT', `${at}/passphrase`, {
      body: { passphrase: 'correct horse', proof: { kind: 'passphrase', passphrase: 'the one before' } },
    });
    expect(lastRequest('changePassphrase')).toMatchObject({
      passphrase: 'correct horse',
      proof: { passphrase: 'the one before', recoveryKey: '', rootKeys: [], providerKey: false },
    });
    expect(changed.body).toEqual({ keyTexts: [], warnings: ['The passphrase is weak.'] });
    const unproven = await gateway.call('PUT', `${at}/passphrase`, { body: { passphrase: 'correct horse' } });
    expect(unproven.status).toBe(400);
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
});
