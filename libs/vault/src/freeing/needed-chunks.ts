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
  /**
   * The snapshot before has the chunk in a place where this one has another, or nothing. Of each chunk, what was told of a chain from its first snapshot on
   * less what was dropped is how often the last one has it. Costs the reading of records and lists that went.
   */
  readonly dropped?: (chunk: ChunkId) => void;
  /** Called after a few chunks at most; the walk waits, so that whoever hears of them need not keep all. */
  readonly rest?: () => Promise<void>;
  /** A list of the item's content could not be read; what it lists is not told of. Where nobody hears of it the walk ends with the error. */
  readonly unreadable?: (item: NeedingItem, error: unknown) => void;
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
    private readonly tell: TellChunk,
    private readonly hearer: WalkHearer = {},
  ) {
    this.#nodes = new NodeStore(store);
  }

  /** Tells of all that a snapshot needs beyond what one that was told of before needs; costs what differs. */
  async of(body: SnapshotBody, before?: SnapshotBody): Promise<void> {
    if (body.unknown) throw tooNew('snapshot body');
    const { dropped } = this.hearer;
    if (body.setDefinition !== undefined) this.tell(body.setDefinition);
    if (before?.setDefinition !== undefined) dropped?.(before.setDefinition);
    await this.#tree(before?.items, body.items, (difference) => this.#item(difference));
    for (const tree of PLAIN_TREES)
      await this.#tree(before?.[tree], body[tree], (difference) => {
        for (const id of piecesOf(difference.after)) this.tell(id);
        if (dropped) for (const id of piecesOf(difference.before)) dropped(id);
      });
  }

  async #tree(
    before: TreeRoot | undefined,
    after: TreeRoot | undefined,
    tellOf: (difference: TreeDifference) => void | Promise<void>,
  ): Promise<void> {
    const { dropped, rest } = this.hearer;
    const opened = { openedAfter: (node: ChunkId) => this.tell(node), ...(dropped && { openedBefore: dropped }) };
    for await (const difference of diffTrees(this.#nodes, before, after, opened)) {
      await tellOf(difference);
      await rest?.();
    }
  }

  async #item({ key, before, after }: TreeDifference): Promise<void> {
    const id = textOfKey(key);
    const { left, dropped } = this.hearer;
    if (before) left?.(id);
    if (before && dropped) await this.#stored(id, before, dropped);
    if (after) await this.#stored(id, after, this.tell);
  }

  async #stored(id: string, stored: Uint8Array, tell: TellChunk): Promise<void> {
    const bytes = isOutOfLine(stored) ? await getPieces(this.store, stored, 'item record') : stored;
    const { kind, content, extras, unknown } = decodeItemRecord(bytes);
    if (unknown) throw tooNew('item record');
    const item = { id, kind };
    for (const piece of piecesOf(stored)) tell(piece, item);
    for (const part of [content, ...Object.values(extras ?? {})]) if (part) await this.#content(part, item, tell);
  }

  async #content({ chunks, depth }: ContentRef, item: NeedingItem, tell: TellChunk): Promise<void> {
    try {
      for (const chunk of chunks) await this.#below(chunk, depth, item, tell);
    } catch (error) {
      if (!this.hearer.unreadable) throw error;
      this.hearer.unreadable(item, error);
    }
  }

  /** A chunk of the content, or a list of lists of them. */
  async #below(chunk: ChunkId, depth: number, item: NeedingItem, tell: TellChunk): Promise<void> {
    tell(chunk, item);
    if (depth === 0) return;
    for (const { id } of decodeContentList(await this.store.get('meta', chunk)))
      await this.#below(id, depth - 1, item, tell);
    await this.hearer.rest?.();
  }
}

type TellChunk = (chunk: ChunkId, item?: NeedingItem) => void;

/** The chunks of what lies out of line. */
function piecesOf(stored: Uint8Array | undefined): readonly ChunkId[] {
  if (!stored || !isOutOfLine(stored)) return [];
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
