export * from './ports.js';
export * from './item-record.js';

export { type DecodedCbor, decodeCbor } from './cbor/decode-cbor.js';
export { encodeCbor } from './cbor/encode-cbor.js';
export { plainValue } from './cbor/open-map.js';

export { contentRefFromCbor, contentRefToCbor } from './records/content-ref.js';
export { isFolder, isTop } from './records/folder-kinds.js';
export { deletedItem } from './records/deleted-item.js';
export { decodeItemRecord, encodeItemRecord } from './records/item-record-codec.js';
export { holdsAny, withoutItems, type ItemsToDelete, type Rewritten } from './snapshots/without-items.js';

export type { TreeChange } from './trees/apply-changes.js';
export { type CodedRange, CodedTree } from './trees/coded-tree.js';
export {
  decodeFolderKey,
  encodeFolderKey,
  type FolderKey,
  folderPrefix,
  messagesPrefix,
  sortKeyOf,
  subfoldersPrefix,
} from './trees/folder-key.js';
export {
  foldersTree,
  type FoldersTree,
  LISTED_PROPERTIES,
  type ListingEntry,
  listingOf,
} from './trees/folders-tree.js';
export { itemsTree, type ItemsTree } from './trees/items-tree.js';
export { type LogRow, logTree, type LogTree } from './trees/log-tree.js';
export { MerkleTree, type TreeContext } from './trees/merkle-tree.js';
export { cursorsTree, type CursorsTree, type OwedItem, owedTree, type OwedTree } from './trees/small-trees.js';
export type { TreeShape } from './trees/tree-boundary.js';
export { type TreeRoot, treeRootFromCbor, treeRootToCbor } from './trees/tree-root.js';

export { type Checkpoint, getCheckpoint, packsOfCheckpoint, putCheckpoint } from './runs/checkpoint.js';
export { growTrees, type ItemRoots } from './runs/grow-trees.js';
export { mergeRuns } from './runs/merge-runs.js';
export { type Run, RunStore } from './runs/run.js';
export type { Mark, RunChange } from './runs/run-change.js';
export { IdSet } from './runs/id-set.js';
export { RunWriter, type RunWriterOptions } from './runs/run-writer.js';

export { balanceFolder, type FolderBalance, type FolderCounts } from './ledger/balance.js';
export { emptyLedger, Ledger, type LedgerTotals, type Tally, tallyOf } from './ledger/ledger.js';
export { ledgerFromCbor, ledgerToCbor } from './ledger/ledger-codec.js';
export { type Word, Words, type WordSum } from './ledger/words.js';
export { type Outcome, outcomeOf, OUTCOMES } from './ledger/outcome.js';

export { isSignedBy, type SignaturePurpose, SigningKey } from './snapshots/signing-key.js';
export {
  type HeaderKeys,
  openSnapshot,
  openSnapshotHeader,
  sealSnapshot,
  snapshotIdOf,
  type SnapshotKeys,
  type SnapshotParts,
  verifySnapshot,
} from './snapshots/snapshot.js';
export type { SnapshotBody } from './snapshots/snapshot-body.js';
export { itemsWithout, type ListedItem } from './snapshots/listed-items.js';
export { type DraftOptions, type ParentSnapshot, SnapshotDraft } from './snapshots/snapshot-draft.js';
export type { SnapshotHeader } from './snapshots/snapshot-header.js';
export { opaqueResourceId, readSnapshotName, snapshotObjectName } from './snapshots/snapshot-name.js';
export { issueTaskCertificate, type TaskCertificate, verifyTaskCertificate } from './snapshots/task-certificate.js';

export {
  GENERATIONS_PREFIX,
  type GenerationNote,
  generationNoteName,
  openGenerationNote,
  sealGenerationNote,
  type SigningKeys,
  signingKeysOf,
} from './notes/generation-note.js';
export { type JobNote, jobNoteName, JOBS_PREFIX, openJobNote, sealJobNote } from './notes/job-note.js';
export { MAX_NOTE_BYTES, type NoteSeal, sealNote } from './notes/note.js';
export { openSetNote, sealSetNote, type SetNote, setNoteName, SETS_PREFIX } from './notes/set-note.js';

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
export { unwrapRootKey, wrapIdOf, wrapRootKey, type WrapSecret } from './keys/key-wrap.js';
export { decodeKeyWrap, type KeyWrap, keyWrapObjectName, type WrapKind } from './keys/key-wrap-object.js';
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
export { isMostlyNoise } from './chunks/compressible.js';
export { DEFAULT_PACK_BYTES, MAX_PACK_BYTES, packObjectName, type PackHeader } from './packs/pack-layout.js';
export { Repacker } from './packs/repacker.js';
export { packNameOf, parsePack, readPackContents, type PackContents, type ReadRange } from './packs/pack-reader.js';
export { InlineEngines, inlineHost } from './engine/inline-host.js';
export { ThreadEngines, type ThreadEnginesOptions } from './engine/thread-engines.js';
export { SealedMemory } from './engine/sealed-memory.js';
export type { EngineHost, WriteStats } from './engine/messages.js';
export { type ByteSource, type StoredContent, TaskWriter } from './writer/task-writer.js';
export { VaultWriter, type VaultWriterOptions } from './writer/vault-writer.js';
export type { ChunkOpening } from './opening/chunk-opening.js';
export { ThreadOpening, type ThreadOpeningOptions } from './opening/thread-opening.js';
export { isDamage } from './broken-object.js';
export { ChunkCache } from './reader/chunk-cache.js';
export type { PlacedEntry } from './reader/place-order.js';
export { VaultReader, type VaultReaderOptions } from './reader/vault-reader.js';
export { ReadOnlyStore } from './reader/read-only-store.js';
export { VaultStore } from './vault-store.js';
export { decodeTrailerEntries, encodeTrailerEntries, TRAILER_ENTRY_BYTES } from './packs/trailer.js';
export {
  decideRetention,
  type RetainedChain,
  type RetainedSnapshot,
  type RetentionQuestion,
  type RetentionVerdict,
} from './retention/decide-retention.js';
export { explainVerdict } from './retention/explain-verdict.js';
export type { RetentionPolicy } from './retention/retention-policy.js';
export {
  type ChainStanding,
  type CondemningDecision,
  type CondemningView,
  decideCondemning,
  type DeletionView,
  epochAfterBegin,
  mayDelete,
  mayLetGo,
  type SnapshotStanding,
} from './freeing/decide-freeing.js';
export { decidePack, type PackFacts, type PackVerdict, type RepackRule } from './freeing/decide-pack.js';
export { NeededChunks, type NeedingItem, type WalkHearer } from './freeing/needed-chunks.js';
export { chooseHead, type ListedSnapshot } from './commit/choose-head.js';
export { type Commit, type CommitAnswer, commitOf, type RefusalCause } from './commit/commit.js';
export {
  beginCommit,
  type CrawlerCommitAction,
  type CrawlerCommitEvent,
  type CrawlerCommitState,
  type CrawlerCommitStep,
  stepCrawler,
} from './commit/crawler-commit.js';
export { canResume, decideFence, type FenceDecision } from './commit/decide-fence.js';
export { type Chain, chainAfter, type ChainHead, type CommitDecision, decideCommit } from './commit/decide-commit.js';
export {
  finishStored,
  startCommit,
  stepStorage,
  type StorageCommitAction,
  type StorageCommitEvent,
  type StorageCommitState,
  type StorageCommitStep,
} from './commit/storage-commit.js';
