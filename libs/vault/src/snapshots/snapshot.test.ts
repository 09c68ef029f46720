import { createHash } from 'node:crypto';
import {
  parseBackupSetId,
  parseChunkId,
  parseJobId,
  parsePackName,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { emptyLedger } from '../ledger/ledger.js';
import { SigningKey } from './signing-key.js';
import { openSnapshot, openSnapshotHeader, sealSnapshot, snapshotIdOf, verifySnapshot } from './snapshot.js';
import { opaqueResourceId, snapshotObjectName } from './snapshot-name.js';
import { issueTaskCertificate } from './task-certificate.js';

const keyId = '0f'.repeat(16);
const keys = {
  cipher: 'aes-256-gcm' as const,
  indexKey: Buffer.alloc(32, 1),
  ring: [{ keyId, meta: Buffer.alloc(32, 2) }],
};
const vaultKey = SigningKey.fromSeed(Buffer.alloc(32, 3));
const signingKeys = new Map([[1, vaultKey.publicKey]]);
const taskKey = SigningKey.fromSeed(Buffer.alloc(32, 4));
const random = (bytes: number) => createHash('sha512').update('seed').digest().subarray(0, bytes);

const scope = {
  tenant: parseTenantId('11111111-1111-4111-8111-111111111111'),
  vault: parseVaultId('22222222-2222-4222-8222-222222222222'),
  set: parseBackupSetId('33333333-3333-4333-8333-333333333333'),
  resource: parseResourceId('mail.user-1'),
  epoch: 4,
  generation: 1,
};
const certificate = issueTaskCertificate({ ...scope, publicKey: taskKey.publicKey, notAfter: 5000 }, vaultKey);
const header = {
  ...scope,
  job: parseJobId('44444444-4444-4444-8444-444444444444'),
  number: 2,
  parent: parseSnapshotId('cd'.repeat(32)),
  jobStartedAt: 900,
  startedAt: 1000,
  finishedAt: 4000,
  timeZone: 'Europe/Berlin',
  newPacks: ['aa', 'bb'].map((byte) => parsePackName(byte.repeat(32))),
  certificate,
};
const body = {
  items: { id: parseChunkId('ee'.repeat(32)), level: 2, entries: 400 },
  folders: undefined,
  cursors: undefined,
  owed: undefined,
  log: undefined,
  ledger: {
    ...emptyLedger,
    outcomes: { message: { new: { items: 2, bytes: 9 } } },
    holds: { message: { items: 2, bytes: 9 } },
    leftOut: { infected: 1 },
    work: { requests: 7 },
  },
  setDefinition: parseChunkId('ff'.repeat(32)),
};
const sealed = sealSnapshot({ header, body }, keys, taskKey, random);

describe('snapshot object', () => {
  it.each(['aes-256-gcm', 'aes-128-gcm'] as const)('opens with the keys that sealed it (%s)', (cipher) => {
    const object = sealSnapshot({ header, body }, { ...keys, cipher }, taskKey, random);
    expect(openSnapshot(object, { ...keys, cipher })).toEqual({ header, body });
  });

  it('shows its header to a holder of the index key alone', () => {
    expect(openSnapshotHeader(sealed, { cipher: keys.cipher, indexKey: keys.indexKey })).toEqual(header);
  });

  it('proves who signed it', () => {
    expect(verifySnapshot(sealed, keys, signingKeys)).toEqual(header);
  });

  it('is refused when any byte is another one', () => {
    for (let at = 0; at < sealed.length; at += 7) {
      const damaged = Uint8Array.from(sealed);
      damaged[at] = damaged[at]! ^ 1;
      expect(() => verifySnapshot(damaged, keys, signingKeys)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/VAULT_OBJECT_INVALID|VAULT_UNSUPPORTED/) }),
      );
    }
  });

  it('is refused when it is cut or padded', () => {
    for (const object of [
      ...Array.from({ length: 40 }, (_, n) => sealed.subarray(0, n * 9)),
      Buffer.concat([sealed, Buffer.of(0)]),
    ])
      expect(() => verifySnapshot(object, keys, signingKeys)).toThrow(
        expect.objectContaining({ code: 'VAULT_OBJECT_INVALID', message: expect.stringContaining('snapshot') }),
      );
  });

  it('is refused when it is put together from two that are good', () => {
    const later = (bytes: number) => createHash('sha512').update('later').digest().subarray(0, bytes);
    const other = sealSnapshot({ header: { ...header, number: 3 }, body }, keys, taskKey, later);
    for (let at = 56; at < sealed.length; at += 31) {
      const mixed = Buffer.concat([other.subarray(0, at), sealed.subarray(at)]);
      expect(() => verifySnapshot(mixed, keys, signingKeys)).toThrow(
        expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' }),
      );
    }
  });

  it('is refused with the certificate of an earlier epoch or a lower generation', () => {
    for (const lower of [{ epoch: 3 }, { generation: 0 }]) {
      const old = issueTaskCertificate({ ...scope, ...lower, publicKey: taskKey.publicKey, notAfter: 5000 }, vaultKey);
      const object = sealSnapshot({ header: { ...header, certificate: old }, body }, keys, taskKey, random);
      expect(() => verifySnapshot(object, keys, signingKeys)).toThrow(/certificate/);
    }
  });

  it.each([
    ['another epoch', { epoch: 5 }],
    ['another resource', { resource: parseResourceId('mail.user-2') }],
    ['another set', { set: parseBackupSetId('55555555-5555-4555-8555-555555555555') }],
    ['a time after the certificate', { finishedAt: 5001 }],
  ])('is refused for %s than the certificate covers', (_, change) => {
    const object = sealSnapshot({ header: { ...header, ...change }, body }, keys, taskKey, random);
    expect(() => verifySnapshot(object, keys, signingKeys)).toThrow(/certificate/);
  });

  it('is refused for another generation than the certificate covers, and for one that the vault has not opened', () => {
    const object = sealSnapshot({ header: { ...header, generation: 2 }, body }, keys, taskKey, random);
    expect(() => verifySnapshot(object, keys, signingKeys)).toThrow(/generation is one that the vault has opened/);
    const ofBoth = new Map([...signingKeys, [2, vaultKey.publicKey] as const]);
    expect(() => verifySnapshot(object, keys, ofBoth)).toThrow(/certificate/);
  });

  it('is refused where the key of an earlier generation signed for a later one', () => {
    const later = { ...scope, generation: 2 };
    const certificate = issueTaskCertificate({ ...later, publicKey: taskKey.publicKey, notAfter: 5000 }, vaultKey);
    const object = sealSnapshot({ header: { ...header, ...later, certificate }, body }, keys, taskKey, random);
    const rebuilt = SigningKey.fromSeed(Buffer.alloc(32, 9));
    expect(() => verifySnapshot(object, keys, new Map([...signingKeys, [2, rebuilt.publicKey]]))).toThrow(
      /signing key/,
    );
  });

  it('is refused when the certificate is of another vault, or the signature of another key', () => {
    const stranger = SigningKey.fromSeed(Buffer.alloc(32, 8));
    expect(() => verifySnapshot(sealed, keys, new Map([[1, stranger.publicKey]]))).toThrow(/signing key/);
    expect(() => verifySnapshot(sealSnapshot({ header, body }, keys, stranger, random), keys, signingKeys)).toThrow(
      /certified key/,
    );
  });

  it('says which key is missing', () => {
    expect(() => openSnapshot(sealed, { ...keys, ring: [] })).toThrow(expect.objectContaining({ code: 'KEY_WRONG' }));
  });

  it('is named by its place in the chain, and tells nobody whose chain it is', () => {
    const name = snapshotObjectName(opaqueResourceId(scope.tenant, scope.set, scope.resource, keys.indexKey), 1, 42);
    expect(name).toMatch(/^snapshots\/[0-9a-f]{32}\/00000001-0000000042$/);
    expect(snapshotIdOf(sealed)).toMatch(/^[0-9a-f]{64}$/);
  });
});
