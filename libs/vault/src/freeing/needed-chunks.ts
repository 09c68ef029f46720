import { AppError, type ChunkId } from '@holdfast/kernel';
import { decodeCbor, type DecodedCbor } from '../cbor/decode-cbor.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { decodeContentList } from '../chunks/content-list.js';
import type { ContentRef } from '../item-record.js';
import type { ChunkStore } from '../ports.js';
import type { ItemKind } from '../item-record.js';
import { decodeItemRecord } from '../records/item-record-codec.js';
import { getPieces, isOutOfLine } from '../records/stored-value.js';
import type { SnapshotBody } from '../snapshots/snapshot-body.js';
import { diffTrees, type TreeDifference } from '../trees/diff-trees.js';
import { NodeStore } from '../trees/node-store.js';
import { textOfKey } from '../trees/text-key.js';
import type { TreeRoot } from '../trees/tree-root.js';

/** Trees whose entries refer to nothing beside what lies out of line. */
const PLAIN_TREES = ['folders', 'cursors', 'owed', 'log'] as const;

/** An item whose state a chunk belongs to. */
export interface NeedingItem {
  readonly id: string;
  readonly kind: ItemKind;
}

/** Who hears of a walk beyond the chunks. */
export interface WalkHearer {
  /** The item is in another state from here on, or gone: what was told of it before is what earlier snapshots need. */
  readonly left?: (itemId: string) => void;
  /** Called after a few chunks at most; the walk waits, so that whoever hears of them need not keep all. */
  readonly rest?: () => Promise<void>;
}

/**
 * Tells which chunks snapshots need: nodes, records out of line, lists and contents. Reads metadata alone. A snapshot that a later
 * version of the format has written is VAULT_UNSUPPORTED, since it may refer to chunks in ways that this version does not know.
 */
export class NeededChunks {
  readonly #nodes: NodeStore;

  /** `tell` hears of a chunk at least once for each snapshot that brought it, with the item whose content or record lies there. */
  constructor(
    private readonly store: ChunkStore,
    private readonly tell: (chunk: ChunkId, item?: NeedingItem) => void,
    private readonly hearer: WalkHearer = {},
  ) {
    this.#nodes = new NodeStore(store);
  }

  /** Tells of all that a snapshot needs beyond what one that was told of before needs; costs what differs. */
  async of(body: SnapshotBody, before?: SnapshotBody): Promise<void> {
    if (body.unknown) throw tooNew('snapshot body');
    if (body.setDefinition !== undefined) this.tell(body.setDefinition);
    await this.#tree(before?.items, body.items, (difference) => this.#item(difference));
    for (const tree of PLAIN_TREES)
      await this.#tree(before?.[tree], body[tree], ({ after }) => {
        if (after) for (const id of piecesOf(after)) this.tell(id);
      });
  }

  async #tree(
    before: TreeRoot | undefined,
    after: TreeRoot | undefined,
    tellOf: (difference: TreeDifference) => void | Promise<void>,
  ): Promise<void> {
    for await (const difference of diffTrees(this.#nodes, before, after, (node) => this.tell(node))) {
      await tellOf(difference);
      await this.hearer.rest?.();
    }
  }

  async #item({ key, before, after: stored }: TreeDifference): Promise<void> {
    const id = textOfKey(key);
    if (before) this.hearer.left?.(id);
    if (!stored) return;
    const bytes = isOutOfLine(stored) ? await getPieces(this.store, stored, 'item record') : stored;
    const { kind, content, extras, unknown } = decodeItemRecord(bytes);
    if (unknown) throw tooNew('item record');
    const item = { id, kind };
    for (const piece of piecesOf(stored)) this.tell(piece, item);
    if (content) await this.#content(content, item);
    for (const extra of Object.values(extras ?? {})) await this.#content(extra, item);
  }

  async #content({ chunks, depth }: ContentRef, item: NeedingItem): Promise<void> {
    for (const chunk of chunks) await this.#below(chunk, depth, item);
  }

  /** A chunk of the content, or a list of lists of them. */
  async #below(chunk: ChunkId, depth: number, item: NeedingItem): Promise<void> {
    this.tell(chunk, item);
    if (depth === 0) return;
    for (const { id } of decodeContentList(await this.store.get('meta', chunk))) await this.#below(id, depth - 1, item);
    await this.hearer.rest?.();
  }
}

/** The chunks of what lies out of line. */
function piecesOf(stored: Uint8Array): readonly ChunkId[] {
  if (!isOutOfLine(stored)) return [];
  const list = decodeCbor(stored, 'tree entry');
  return (list as readonly DecodedCbor[]).map((id) => readChunkId(id, 'tree entry'));
}

function tooNew(object: string): AppError {
  return new AppError(
    'VAULT_UNSUPPORTED',
    `A later version of Holdfast has written a ${object} whose fields this one does not know. Nothing is freed; update Holdfast.`,
    { context: { object } },
  );
}
