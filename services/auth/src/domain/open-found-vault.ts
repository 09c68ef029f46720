import { AppError, isAppError } from '@holdfast/kernel';
import {
  decodeKeyWrap,
  deriveVaultKeys,
  type KeyWrap,
  keyIdOf,
  openVaultHeader,
  type RootKey,
  unwrapRootKey,
  type VaultHeader,
  vaultHeaderKeyId,
  type WrapSecret,
} from '@holdfast/vault';
import { USER_PASSWORD_FEATURE, type KeyKind } from './key-kind.js';

/** What a person brings to open a vault, or the key that this installation has. */
export type GivenSecret =
  | { readonly kind: 'root'; readonly roots: readonly RootKey[] }
  /** The provider's keys, any of which may have closed a wrap. */
  | { readonly kind: 'installation'; readonly providerKeys: readonly Uint8Array[] }
  | WrapSecret;

/** A vault's header and key objects as they lie at a destination. */
export interface SealedVault {
  readonly header: Uint8Array;
  readonly keys: readonly { readonly content: Uint8Array }[];
}

export interface OpenedRing {
  readonly header: VaultHeader;
  /** The whole ring, oldest first. */
  readonly roots: readonly RootKey[];
  /** How the vault is closed. A vault of before headers said so is told as `custom` where a user's password closes it. */
  readonly keyKind: KeyKind;
}

interface Wrapped {
  readonly wrap: KeyWrap;
  readonly content: Uint8Array;
}

/**
 * Opens a vault with what was brought; undefined where that is another vault's. KEY_WRONG where it opens the vault and not its whole
 * ring: with a part of it, some packs could be read and others could not. VAULT_OBJECT_INVALID where the header is damaged.
 */
export function openFoundVault(sealed: SealedVault, secret: GivenSecret): OpenedRing | undefined {
  const wraps = sealed.keys.flatMap(({ content }) => readable(content));
  const ring = ringOf(sealed.keys, secret);
  const first = ring.get(0);
  if (!first || keyIdOf(first) !== vaultHeaderKeyId(sealed.header)) return undefined;
  const header = headerOf(sealed.header, first);
  const lacking = [...new Set(wraps.filter(({ wrap }) => !ring.has(wrap.ordinal)).map(({ wrap }) => wrap.keyId))];
  if (lacking.length > 0)
    throw new AppError(
      'KEY_WRONG',
      `The vault has ${ring.size + lacking.length} root keys, and what you gave opens ${ring.size} of them. Give all its keys, the newer ones too.`,
      { context: { missingKeyIds: lacking.join() } },
    );
  const roots = [...ring].sort(([one], [other]) => one - other).map(([, root]) => root);
  return { header, roots, keyKind: kindOf(header, wraps) };
}

/** VAULT_OBJECT_INVALID where the key is the header's, and what is in it is not what was sealed. */
function headerOf(object: Uint8Array, first: RootKey): VaultHeader {
  try {
    return openVaultHeader(object, deriveVaultKeys([first]).headerKey);
  } catch (error) {
    if (!isAppError(error, 'KEY_WRONG')) throw error;
    throw new AppError(
      'VAULT_OBJECT_INVALID',
      'The header of the vault is damaged. Name another destination of it too.',
      {
        cause: error,
      },
    );
  }
}

/** The root keys that a secret opens, by their places in the ring. */
export function ringOf(keys: SealedVault['keys'], secret: GivenSecret): ReadonlyMap<number, RootKey> {
  const wraps = keys.flatMap(({ content }) => readable(content));
  const ring = new Map<number, RootKey>();
  // A key that a person brings needs no wrap; where all wraps were lost, it is the first.
  if (secret.kind === 'root' && wraps.length === 0 && secret.roots[0]) ring.set(0, secret.roots[0]);
  for (const wrapped of wraps) {
    const root = rootIn(wrapped, secret);
    if (root) ring.set(wrapped.wrap.ordinal, root);
  }
  return ring;
}

function rootIn(wrapped: Wrapped, secret: GivenSecret): RootKey | undefined {
  switch (secret.kind) {
    case 'root':
      return named(wrapped, secret.roots);
    case 'installation':
      return secret.providerKeys
        .map((key) => unwrapped(wrapped, { kind: 'provider', key }))
        .find((root) => root !== undefined);
    default:
      return unwrapped(wrapped, secret);
  }
}

const named = ({ wrap }: Wrapped, roots: readonly RootKey[]) => roots.find((root) => keyIdOf(root) === wrap.keyId);

function unwrapped({ wrap, content }: Wrapped, secret: WrapSecret): RootKey | undefined {
  if (wrap.kind !== secret.kind) return undefined;
  try {
    return unwrapRootKey(content, secret).root;
  } catch (error) {
    // Another vault's, or one that was closed with an earlier secret.
    if (isAppError(error, 'KEY_WRONG')) return undefined;
    throw error;
  }
}

/** A key object that is damaged opens nothing; another one may. */
function readable(content: Uint8Array): readonly Wrapped[] {
  try {
    return [{ wrap: decodeKeyWrap(content), content }];
  } catch (error) {
    if (isAppError(error, 'VAULT_OBJECT_INVALID')) return [];
    throw error;
  }
}

function kindOf({ optionalFeatures }: VaultHeader, wraps: readonly Wrapped[]): KeyKind {
  if (wraps.some(({ wrap }) => wrap.kind === 'open')) return 'off';
  if (!wraps.some(({ wrap }) => wrap.kind === 'passphrase')) return 'default';
  return optionalFeatures.includes(USER_PASSWORD_FEATURE) ? 'user-password' : 'custom';
}
