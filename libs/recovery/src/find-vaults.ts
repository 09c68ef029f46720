import type { Destination } from '@holdfast/destinations';
import { isAppError } from '@holdfast/kernel';
import {
  deriveVaultKeys,
  GENERATIONS_PREFIX,
  type GenerationNote,
  keyIdOf,
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

/** What a person brings to open a vault: the key's 44 characters, the passphrase, or nothing where encryption is off. */
export type VaultSecret = { readonly kind: 'root'; readonly root: RootKey } | Exclude<WrapSecret, { kind: 'provider' }>;

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
  open: (prefix: string) => Destination,
  prefixes: AsyncIterable<string>,
  secret: VaultSecret,
): AsyncGenerator<FoundVault> {
  for await (const prefix of prefixes) {
    const destination = open(prefix);
    const sealed = await small(destination, VAULT_HEADER_OBJECT);
    if (!sealed) continue;
    const roots = await rootsOf(destination, secret);
    const [first] = roots;
    if (!first || keyIdOf(first) !== vaultHeaderKeyId(sealed)) continue;
    const header = openVaultHeader(sealed, deriveVaultKeys(roots).headerKey);
    const keys = deriveVaultKeys(roots, header.cipher);
    yield { prefix, destination, header, keys, signingKeys: await signingKeysIn(destination, header, keys) };
  }
}

/** The ring as far as the secret opens it, in its order. */
async function rootsOf(destination: Destination, secret: VaultSecret): Promise<readonly RootKey[]> {
  if (secret.kind === 'root') return [secret.root];
  const ring = new Map<number, RootKey>();
  for await (const { name } of destination.list('keys/')) {
    if (!name.includes(`/${secret.kind}-`)) continue;
    const object = await small(destination, name);
    const opened = object && unwrapped(object, secret);
    if (opened) ring.set(opened.ordinal, opened.root);
  }
  return [...ring].sort(([one], [other]) => one - other).map(([, root]) => root);
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
