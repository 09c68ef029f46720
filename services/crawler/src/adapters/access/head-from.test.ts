import { parseBackupSetId, parseJobId, parseResourceId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import {
  deriveVaultKeys,
  emptyLedger,
  issueTaskCertificate,
  newRootKey,
  sealSnapshot,
  SigningKey,
  snapshotIdOf,
} from '@holdfast/vault';
import type { Lease } from '@holdfast/worker';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { headFrom } from './head-from.js';

const keys = deriveVaultKeys([newRootKey(randomBytes)]);
const vaultKey = SigningKey.fromSeed(randomBytes(32));
const scope = {
  tenant: parseTenantId('11111111-1111-4111-8111-111111111111'),
  vault: parseVaultId('22222222-2222-4222-8222-222222222222'),
  set: parseBackupSetId('33333333-3333-4333-8333-333333333333'),
  resource: parseResourceId('mail.user-1'),
  epoch: 4,
  generation: 2,
};
const { tenant: tenantId, vault: vaultId, set: backupSetId, resource: resourceId } = scope;
const lease = { tenantId, vaultId, backupSetId, resourceId } as Lease;
const signedBy = ({ publicKey }: SigningKey) => new Map([1, 2, 3].map((generation) => [generation, publicKey]));
const vault = { keys, signingKeys: signedBy(vaultKey), generation: 2 };

/** A snapshot that the vault's own key stands for. */
function sealed(changes: Partial<typeof scope> = {}): Uint8Array {
  const of = { ...scope, ...changes };
  const taskKey = SigningKey.fromSeed(randomBytes(32));
  const certificate = issueTaskCertificate({ ...of, publicKey: taskKey.publicKey, notAfter: 10 }, vaultKey);
  const times = { jobStartedAt: 1, startedAt: 1, finishedAt: 2, timeZone: 'UTC' };
  const job = parseJobId('44444444-4444-4444-8444-444444444444');
  const header = { ...of, ...times, job, number: 7, parent: undefined, newPacks: [], certificate };
  const roots = { items: undefined, folders: undefined, cursors: undefined, owed: undefined, log: undefined };
  return sealSnapshot({ header, body: { ...roots, ledger: emptyLedger } }, keys, taskKey, randomBytes);
}

describe('headFrom', () => {
  it('takes the head of the lease’s own chain, under the name of its bytes', () => {
    const object = sealed();
    expect(headFrom({ sealed: object, isEmpty: false }, vault, lease)).toMatchObject({
      id: snapshotIdOf(object),
      number: 7,
    });
    expect(headFrom({ sealed: sealed({ generation: 1 }), isEmpty: false }, vault, lease).number).toBe(7);
  });

  it('goes on from the name of one that retention let go, and from none of what it held', () => {
    const object = sealed();
    const { id, number, body, isNameOnly } = headFrom({ sealed: object, isEmpty: true }, vault, lease);
    expect({ id, number, isNameOnly }).toEqual({ id: snapshotIdOf(object), number: 7, isNameOnly: true });
    expect([body.items, body.folders, body.cursors]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['resource', { resource: parseResourceId('mail.user-2') }],
    ['backup set', { set: parseBackupSetId('55555555-5555-4555-8555-555555555555') }],
    ['vault', { vault: parseVaultId('55555555-5555-4555-8555-555555555555') }],
    ['tenant', { tenant: parseTenantId('55555555-5555-4555-8555-555555555555') }],
    ['generation to come', { generation: 3 }],
  ])('refuses one of another %s, however well signed', (_, changes) => {
    const object = sealed(changes);
    expect(() => headFrom({ sealed: object, isEmpty: false }, vault, lease)).toThrow(
      expect.objectContaining({ code: 'VAULT_OBJECT_INVALID', message: expect.stringContaining(snapshotIdOf(object)) }),
    );
  });

  it('refuses one that no key of the vault stands for', () => {
    const stranger = { ...vault, signingKeys: signedBy(SigningKey.fromSeed(randomBytes(32))) };
    expect(() => headFrom({ sealed: sealed(), isEmpty: false }, stranger, lease)).toThrow(
      expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' }),
    );
  });
});
