import { AppError, type ChunkId } from '@holdfast/kernel';
import { decodeCbor, type DecodedCbor } from '../cbor/decode-cbor.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { decodeContentList } from '../chunks/content-list.js';
import type { ContentRef } from '../item-record.js';
import type { ChunkStore } from '../ports.js';
import { decodeItemRecord } from '../records/item-record-codec.js';
import { getPieces, isOutOfLine } from '../records/stored-value.js';
import type { SnapshotBody } from '../snapshots/snapshot-body.js';
import { diffTrees } from '../trees/diff-trees.js';
import { NodeStore } from '../trees/node-store.js';
import type { TreeRoot } from '../trees/tree-root.js';

/** Trees whose entries refer to nothing beside what lies out of line. */
const PLAIN_TREES = ['folders', 'cursors', 'owed', 'log'] as const;

/**
 * Tells which chunks snapshots need: nodes, records out of line, lists and contents. Reads metadata alone. A snapshot that a later
 * version of the format has written is VAULT_UNSUPPORTED, since it may refer to chunks in ways that this version does not know.
 */
export class NeededChunks {
  readonly #nodes: NodeStore;

  /** `tell` hears of a chunk at least once for each snapshot that brought it. */
  constructor(
    private readonly store: ChunkStore,
    private readonly tell: (chunk: ChunkId) => void,
  ) {
    this.#nodes = new NodeStore(store);
  }

  /** Tells of all that a snapshot needs beyond what one that was told of before needs; costs what differs. */
  async of(body: SnapshotBody, before?: SnapshotBody): Promise<void> {
    if (body.unknown) throw tooNew('snapshot body');
    if (body.setDefinition !== undefined) this.tell(body.setDefinition);
    await this.#tree(before?.items, body.items, (stored) => this.#item(stored));
    for (const tree of PLAIN_TREES) await this.#tree(before?.[tree], body[tree], (stored) => this.#pieces(stored));
  }

  async #tree(
    before: TreeRoot | undefined,
    after: TreeRoot | undefined,
    tellOf: (stored: Uint8Array) => void | Promise<void>,
  ): Promise<void> {
    for await (const { after: stored } of diffTrees(this.#nodes, before, after, this.tell))
      if (stored) await tellOf(stored);
  }

  #pieces(stored: Uint8Array): void {
    if (!isOutOfLine(stored)) return;
    const list = decodeCbor(stored, 'tree entry');
    for (const id of list as readonly DecodedCbor[]) this.tell(readChunkId(id, 'tree entry'));
  }

  async #item(stored: Uint8Array): Promise<void> {
    this.#pieces(stored);
    const bytes = isOutOfLine(stored) ? await getPieces(this.store, stored, 'item record') : stored;
    const { content, extras, unknown } = decodeItemRecord(bytes);
    if (unknown) throw tooNew('item record');
    if (content) await this.#content(content);
    for (const extra of Object.values(extras ?? {})) await this.#content(extra);
  }

  async #content({ chunks, depth }: ContentRef): Promise<void> {
    for (const chunk of chunks) await this.#below(chunk, depth);
  }

  /** A chunk of the content, or a list of lists of them. */
  async #below(chunk: ChunkId, depth: number): Promise<void> {
    this.tell(chunk);
    if (depth === 0) return;
    for (const { id } of decodeContentList(await this.store.get('meta', chunk))) await this.#below(id, depth - 1);
  }
}

function tooNew(object: string): AppError {
  return new AppError(
    'VAULT_UNSUPPORTED',
    `A later version of Holdfast has written a ${object} whose fields this one does not know. Nothing is freed; update Holdfast.`,
    { context: { object } },
  );
}
