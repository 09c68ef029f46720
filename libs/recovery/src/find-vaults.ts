import type { Destination } from '@holdfast/destinations';
import { isAppError } from '@holdfast/kernel';
import {
  decodeKeyWrap,
  deriveVaultKeys,
  GENERATIONS_PREFIX,
  type GenerationNote,
  keyIdOf,
  type KeyId,
  type KeyWrap,
  openGenerationNote,
  openVaultHeader,
  type RootKey,
  type SigningKeys,
  signingKeysOf,
  unwrapRootKey,
  VAULT_HEADER_OBJECT,
  type VaultHeader,
  vaultHeaderKeyId,
  type VaultKeys,
  type WrapSecret,
} from '@holdfast/vault';
import { buffer } from 'node:stream/consumers';

/** What a person brings to open a vault: its keys of 44 characters, a passphrase, or nothing where encryption is off. */
export type VaultSecret =
  { readonly kind: 'root'; readonly roots: readonly RootKey[] } | Exclude<WrapSecret, { kind: 'provider' }>;

/** A vault that the secret opens, with nothing but what lies at the destination. */
export interface FoundVault {
  /** Of its objects' names; the same at every destination. */
  readonly prefix: string;
  readonly destination: Destination;
  readonly header: VaultHeader;
  readonly keys: VaultKeys;
  readonly signingKeys: SigningKeys;
}

/** A header or a key object is larger than nothing and smaller than this. */
const MAX_OBJECT_BYTES = 64 * 1024;

/**
 * The vaults at a place that the secret opens, of those prefixes; others are passed over. A vault whose header is damaged fails:
 * it may be the one that is looked for.
 */
export async function* findVaults(
  open: (prefix: string) => Promise<Destination>,
  prefixes: AsyncIterable<string>,
  secret: VaultSecret,
): AsyncGenerator<FoundVault> {
  for await (const prefix of prefixes) {
    const destination = await open(prefix);
    const sealed = await small(destination, VAULT_HEADER_OBJECT);
    if (!sealed) continue;
    const roots = await rootsOf(destination, secret, vaultHeaderKeyId(sealed));
    const [first] = roots;
    if (!first || keyIdOf(first) !== vaultHeaderKeyId(sealed)) continue;
    const header = openVaultHeader(sealed, deriveVaultKeys(roots).headerKey);
    const keys = deriveVaultKeys(roots, header.cipher);
    yield { prefix, destination, header, keys, signingKeys: await signingKeysIn(destination, header, keys) };
  }
}

/** The ring as far as the secret opens it, in its order. */
async function rootsOf(destination: Destination, secret: VaultSecret, first: KeyId): Promise<readonly RootKey[]> {
  if (secret.kind === 'root') return orderedBy(destination, secret.roots, first);
  const ring = new Map<number, RootKey>();
  for await (const { name } of destination.list('keys/')) {
    if (!name.includes(`/${secret.kind}-`)) continue;
    const object = await small(destination, name);
    const opened = object && unwrapped(object, secret);
    if (opened) ring.set(opened.ordinal, opened.root);
  }
  return [...ring].sort(([one], [other]) => one - other).map(([, root]) => root);
}

/** Root keys that a person brings in any order, in that of the ring: the header names the first, key objects the places of the others. */
async function orderedBy(
  destination: Destination,
  roots: readonly RootKey[],
  first: KeyId,
): Promise<readonly RootKey[]> {
  if (roots.length < 2) return roots;
  const places = new Map<KeyId, number>();
  for await (const { name } of destination.list('keys/')) {
    const object = await small(destination, name);
    const wrap = object && readable(object);
    if (wrap) places.set(wrap.keyId, wrap.ordinal);
  }
  places.set(first, -1);
  const placeOf = (root: RootKey) => places.get(keyIdOf(root)) ?? Number.MAX_SAFE_INTEGER;
  return [...roots].sort((one, other) => placeOf(one) - placeOf(other));
}

/** Undefined for a key object that is damaged: another one may say the same. */
function readable(object: Uint8Array): KeyWrap | undefined {
  try {
    return decodeKeyWrap(object);
  } catch (error) {
    if (isAppError(error, 'VAULT_OBJECT_INVALID')) return undefined;
    throw error;
  }
}

function unwrapped(object: Uint8Array, secret: WrapSecret) {
  try {
    return unwrapRootKey(object, secret);
  } catch (error) {
    // Another vault's, or one that was closed with an earlier passphrase.
    if (isAppError(error, 'KEY_WRONG')) return undefined;
    throw error;
  }
}

/** Of every generation that a rebuild has opened; a note that is damaged is passed over, and its snapshots are told as not genuine. */
async function signingKeysIn(
  destination: Destination,
  header: VaultHeader,
  { cipher, headerKey }: VaultKeys,
): Promise<SigningKeys> {
  const notes: GenerationNote[] = [];
  for await (const { name } of destination.list(GENERATIONS_PREFIX)) {
    const object = await small(destination, name);
    try {
      if (object) notes.push(openGenerationNote(name, object, { cipher, key: headerKey }));
    } catch (error) {
      if (!isAppError(error, 'VAULT_OBJECT_INVALID')) throw error;
    }
  }
  return signingKeysOf(header, notes);
}

/** Undefined where there is no such object. */
async function small(destination: Destination, name: string): Promise<Uint8Array | undefined> {
  try {
    return await buffer(await destination.get(name, { offset: 0, length: MAX_OBJECT_BYTES }));
  } catch (error) {
    if (isAppError(error, 'OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}
