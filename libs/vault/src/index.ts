export * from './ports.js';
export * from './item-record.js';

export { type DecodedCbor, decodeCbor } from './cbor/decode-cbor.js';
export { encodeCbor } from './cbor/encode-cbor.js';
export { plainValue } from './cbor/open-map.js';

export { contentRefFromCbor, contentRefToCbor } from './records/content-ref.js';
export { decodeItemRecord, encodeItemRecord } from './records/item-record-codec.js';

export type { TreeChange } from './trees/apply-changes.js';
export type { CodedRange, CodedTree } from './trees/coded-tree.js';
export { decodeFolderKey, encodeFolderKey, type FolderKey, folderPrefix, sortKeyOf } from './trees/folder-key.js';
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

export { type Checkpoint, getCheckpoint, putCheckpoint } from './runs/checkpoint.js';
export { growTrees, type ItemRoots } from './runs/grow-trees.js';
export { mergeRuns } from './runs/merge-runs.js';
export { type Run, RunStore } from './runs/run.js';
export type { Mark, RunChange } from './runs/run-change.js';
export { RunWriter, type RunWriterOptions } from './runs/run-writer.js';

export { balanceFolder, type FolderBalance, type FolderCounts } from './ledger/balance.js';
export { emptyLedger, Ledger, type LedgerTotals, type Tally, tallyOf } from './ledger/ledger.js';
export { ledgerFromCbor, ledgerToCbor } from './ledger/ledger-codec.js';
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
export { type DraftOptions, type ParentSnapshot, SnapshotDraft } from './snapshots/snapshot-draft.js';
export type { SnapshotHeader } from './snapshots/snapshot-header.js';
export { opaqueResourceId, snapshotObjectName } from './snapshots/snapshot-name.js';
export { issueTaskCertificate, type TaskCertificate, verifyTaskCertificate } from './snapshots/task-certificate.js';
