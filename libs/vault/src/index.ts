export * from './ports.js';
export * from './item-record.js';
export { newRootKey, parseRootKey, formatRootKey, rootKeyFromBytes, type RootKey } from './keys/root-key.js';
export {
  deriveVaultKeys,
  keyIdOf,
  metadataKeysOf,
  type KeyId,
  type RingKeys,
  type VaultCipher,
  type VaultKeys,
} from './keys/vault-keys.js';
export { unwrapRootKey, wrapRootKey, type WrapSecret } from './keys/key-wrap.js';
export { keyWrapObjectName } from './keys/key-wrap-object.js';
export { passphraseWarning } from './keys/passphrase.js';
export {
  VAULT_HEADER_OBJECT,
  openVaultHeader,
  sealVaultHeader,
  vaultHeaderKeyId,
  type VaultHeader,
} from './keys/vault-header.js';
export { DEFAULT_CHUNK_PARAMETERS, MAX_CHUNK_BYTES, type ChunkParameters } from './chunks/chunk-parameters.js';
export { chunkIdBytes, chunkIdOf } from './chunks/chunk-id.js';
export { decodeContentList, type ListEntry } from './chunks/content-list.js';
export type { CompressionLevel } from './chunks/compression.js';
export { DEFAULT_PACK_BYTES, MAX_PACK_BYTES, packObjectName, type PackHeader } from './packs/pack-layout.js';
export { packNameOf, parsePack, readPackContents, type PackContents, type ReadRange } from './packs/pack-reader.js';
export { inlineHost } from './engine/inline-host.js';
export type { EngineHost, WriteStats } from './engine/messages.js';
export { VaultWriter, type StoredContent, type VaultWriterOptions } from './writer/vault-writer.js';
export { VaultReader, type VaultReaderOptions } from './reader/vault-reader.js';
export { VaultStore } from './vault-store.js';
