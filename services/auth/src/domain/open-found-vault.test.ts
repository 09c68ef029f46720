import {
  DEFAULT_CHUNK_PARAMETERS,
  deriveVaultKeys,
  keyIdOf,
  newRootKey,
  type RootKey,
  sealVaultHeader,
  wrapRootKey,
  type WrapSecret,
} from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { openFoundVault } from './open-found-vault.js';

const roots = [newRootKey(randomBytes), newRootKey(randomBytes)] as const;
const [first, second] = roots;
const provider = { kind: 'provider', key: randomBytes(32) } as const;
const passphrase = { kind: 'passphrase', passphrase: 'correct horse battery' } as const;

function vault(ring: readonly RootKey[], ...secrets: readonly WrapSecret[]) {
  const header = sealVaultHeader(
    {
      keyId: keyIdOf(ring[0]!),
      cipher: 'aes-128-gcm',
      chunks: DEFAULT_CHUNK_PARAMETERS,
      signingKey: randomBytes(32),
      requiredFeatures: [],
      optionalFeatures: [],
      unknown: new Map(),
    },
    deriveVaultKeys(ring).headerKey,
    randomBytes,
  );
  const keys = ring.flatMap((root, ordinal) =>
    secrets.map((secret) => ({ content: wrapRootKey(root, ordinal, secret, randomBytes) })),
  );
  return { header, keys };
}

describe('a vault at a destination', () => {
  it.each([
    ['its key', { kind: 'root', roots: [first] }, [provider], 'default'],
    ['the provider’s key', provider, [provider], 'default'],
    ['its passphrase', passphrase, [provider, passphrase], 'custom'],
    ['nothing, where it is not encrypted', { kind: 'open' }, [{ kind: 'open' }], 'off'],
  ] as const)('is opened by %s', (_, secret, secrets, keyKind) => {
    const opened = openFoundVault(vault([first], ...secrets), secret);
    expect(opened).toMatchObject({ roots: [first], keyKind, header: { cipher: 'aes-128-gcm' } });
  });

  it('is opened by its key though no key object is left', () => {
    const { header } = vault([first], provider);
    expect(openFoundVault({ header, keys: [] }, { kind: 'root', roots: [first] })?.roots).toEqual([first]);
  });

  it('is no other vault’s, whatever is tried', () => {
    const sealed = vault([first], provider, passphrase);
    for (const secret of [
      { kind: 'root', roots: [second] },
      { kind: 'provider', key: randomBytes(32) },
      { kind: 'passphrase', passphrase: 'wrong' },
      { kind: 'open' },
    ] as const)
      expect(openFoundVault(sealed, secret)).toBeUndefined();
  });

  it('wants its whole ring, in any order, and says which key is missing', () => {
    const sealed = vault(roots, provider);
    expect(openFoundVault(sealed, { kind: 'root', roots: [second, first] })?.roots).toEqual(roots);
    expect(openFoundVault(sealed, provider)?.roots).toEqual(roots);
    expect(() => openFoundVault(sealed, { kind: 'root', roots: [first] })).toThrow(
      expect.objectContaining({
        code: 'KEY_WRONG',
        details: { context: { missingKeyIds: keyIdOf(second) } },
      }),
    );
  });

  it('is opened past a key object that is damaged', () => {
    const { header, keys } = vault([first], passphrase);
    const damaged = { content: keys[0]!.content.subarray(1) };
    expect(openFoundVault({ header, keys: [damaged, ...keys] }, passphrase)?.roots).toEqual([first]);
  });
});
