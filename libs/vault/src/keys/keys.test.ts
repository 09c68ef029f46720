import { parseTenantId, parseVaultId } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unwrapRootKey, wrapRootKey, type WrapSecret } from './key-wrap.js';
import { keyWrapObjectName } from './key-wrap-object.js';
import { formatRootKey, newRootKey, parseRootKey } from './root-key.js';
import { openVaultHeader, sealVaultHeader, type VaultHeader, vaultHeaderKeyId } from './vault-header.js';
import { deriveVaultKeys, keyIdOf, metadataKeysOf } from './vault-keys.js';

const random = seededRandomBytes('keys');
const root = newRootKey(random);

describe('root keys', () => {
  it('has 44 characters and is read back, however it is pasted', () => {
    const text = formatRootKey(root);
    expect(text).toHaveLength(44);
    expect(parseRootKey(`  ${text.slice(0, 20)}\n${text.slice(20)} `)).toEqual(root);
  });

  it.each(['', 'abc', 'A'.repeat(44), `${'A'.repeat(42)}B=`, `${'A'.repeat(43)}!`])(
    'refuses %j, which is no key',
    (text) => {
      expect(() => parseRootKey(text)).toThrow('not a vault key');
    },
  );
});

describe('vault keys', () => {
  it('keeps all that names and finds chunks when a second root key joins the ring', () => {
    const one = deriveVaultKeys([root]);
    const two = deriveVaultKeys([root, newRootKey(random)]);
    expect({ ...two, ring: one.ring }).toEqual(one);
    expect(two.ring[0]).toEqual(one.ring[0]);
  });

  it('gives a marker no key that opens or recognises content', () => {
    const { dataIdKey, gear, ring } = metadataKeysOf(deriveVaultKeys([root]));
    expect([dataIdKey, gear, ring[0]?.data]).toEqual([undefined, undefined, undefined]);
  });
});

describe('wrapped keys', () => {
  const secrets: WrapSecret[] = [
    { kind: 'open' },
    { kind: 'provider', key: random(32) },
    { kind: 'recovery', key: random(32) },
    { kind: 'passphrase', passphrase: 'Ä long enough sentence' },
  ];

  it.each(secrets)('opens with what closed it ($kind)', (secret) => {
    const object = wrapRootKey(root, 3, secret, random);
    expect(unwrapRootKey(object, secret)).toEqual({ root, ordinal: 3 });
    expect(keyWrapObjectName(object)).toMatch(new RegExp(`^keys/${keyIdOf(root)}/${secret.kind}-[0-9a-f]{16}$`));
  });

  it('opens with the passphrase in either Unicode form', () => {
    const object = wrapRootKey(root, 0, { kind: 'passphrase', passphrase: 'A\u0308 long enough sentence' }, random);
    expect(unwrapRootKey(object, { kind: 'passphrase', passphrase: 'Ä long enough sentence' }).root).toEqual(root);
  });

  it.each(secrets.slice(1))('says at once that another secret is wrong ($kind)', (secret) => {
    const object = wrapRootKey(root, 0, secret, random);
    const wrong: WrapSecret =
      secret.kind === 'passphrase'
        ? { kind: 'passphrase', passphrase: 'another' }
        : ({ ...secret, key: random(32) } as WrapSecret);
    expect(() => unwrapRootKey(object, wrong)).toThrow(expect.objectContaining({ code: 'KEY_WRONG' }));
    expect(() => unwrapRootKey(object, { kind: 'open' })).toThrow(expect.objectContaining({ code: 'KEY_WRONG' }));
  });

  it('never opens to another key when a bit is flipped, nor when it is cut', () => {
    const secret = secrets[1]!;
    const object = wrapRootKey(root, 0, secret, random);
    fc.assert(
      fc.property(fc.nat(object.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(object);
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
        expect(() => unwrapRootKey(changed, secret)).toThrow(expect.objectContaining({ name: 'AppError' }));
      }),
    );
    expect(() => unwrapRootKey(object.subarray(1), secret)).toThrow(
      expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' }),
    );
  });

  it('spends no more on a passphrase than the format allows', () => {
    const object = Buffer.from(wrapRootKey(root, 0, secrets[3]!, random));
    object.writeUInt32LE(0xffffffff, 64);
    expect(() => unwrapRootKey(object, secrets[3]!)).toThrow(expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' }));
  });
});

describe('the vault header', () => {
  const { headerKey } = deriveVaultKeys([root]);
  const header: VaultHeader = {
    keyId: keyIdOf(root),
    cipher: 'aes-128-gcm',
    chunks: { minBytes: 1024, avgBytes: 4096, maxBytes: 65_536 },
    signingKey: random(32),
    requiredFeatures: [],
    optionalFeatures: ['colour'],
    unknown: new Map([[99, 'from later']]),
  };

  it('is read back, with what it does not know', () => {
    const object = sealVaultHeader(header, headerKey, random);
    expect(vaultHeaderKeyId(object)).toBe(header.keyId);
    const opened = openVaultHeader(object, headerKey);
    expect({ ...opened, signingKey: Uint8Array.from(opened.signingKey) }).toEqual(header);
  });

  it('says whose vault it is', () => {
    const owner = {
      tenant: parseTenantId('11111111-1111-4111-8111-111111111111'),
      vault: parseVaultId('22222222-2222-4222-8222-222222222222'),
    };
    expect(openVaultHeader(sealVaultHeader({ ...header, owner }, headerKey, random), headerKey)).toMatchObject({
      owner,
    });
  });

  it('refuses a vault that needs a feature it does not have', () => {
    const object = sealVaultHeader({ ...header, requiredFeatures: ['time travel'] }, headerKey, random);
    expect(() => openVaultHeader(object, headerKey)).toThrow(expect.objectContaining({ code: 'VAULT_UNSUPPORTED' }));
  });

  it('opens for no other key, and not when a bit is flipped', () => {
    const object = sealVaultHeader(header, headerKey, random);
    expect(() => openVaultHeader(object, random(32))).toThrow(expect.objectContaining({ code: 'KEY_WRONG' }));
    fc.assert(
      fc.property(fc.nat(object.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(object);
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
        expect(() => openVaultHeader(changed, headerKey)).toThrow(expect.objectContaining({ name: 'AppError' }));
      }),
    );
  });
});
