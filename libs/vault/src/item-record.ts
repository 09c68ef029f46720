import type { ChunkId } from '@holdfast/kernel';

/** What a deterministic CBOR item of the format may hold. Maps have string or integer keys; see docs/format/v1.md#cbor. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue }
  | ReadonlyMap<number | string, CborValue>;

/** A stretch of plain bytes held as chunks, in order. */
export interface ContentRef {
  /** Plain bytes in all. */
  readonly bytes: number;
  /**
   * `bytes`: the chunks' bytes one after the other. `mime`: the chunks' bytes are the recipe and parts of a message
   * (docs/format/v1.md#mail-by-parts); `bytes` is then the length of the rebuilt message.
   */
  readonly form: 'bytes' | 'mime';
  /** SHA-256 of the plain bytes (of the rebuilt message for `mime`), so that a restore is proven end to end. */
  readonly sha256: Uint8Array;
  /** The chunks themselves, or with `depth` > 0 chunks that hold lists of chunk ids, `depth` levels deep. */
  readonly chunks: readonly ChunkId[];
  readonly depth: number;
}

/** The kinds of things that a snapshot holds; what `properties` means for each stands in docs/format/v1.md#item-record. */
export const ITEM_KINDS = [
  'mail-folder',
  'search-folder',
  'message',
  'drive-root',
  'drive-folder',
  'file',
  'package',
  'shortcut',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** One item of a snapshot: an entry of its `items` tree under the item's id at Microsoft (docs/format/v1.md#item-record). */
export interface ItemRecord {
  readonly kind: ItemKind;
  /** Item id of the folder it lies in; undefined for a resource's top. */
  readonly parentId?: string;
  /** File or folder name, or a message's subject. */
  readonly name: string;
  /** Milliseconds since the epoch, as Microsoft shows them. */
  readonly createdAt?: number;
  readonly modifiedAt?: number;
  /** What a listing sorts by: received time of a message, else the modification. Milliseconds since the epoch. */
  readonly sortAt?: number;
  /** Bytes of the content as the source counts them; 0 for folders. */
  readonly bytes: number;
  /** The source's tag of the whole item (changeKey, eTag): equal tags mean that nothing changed. */
  readonly changeTag?: string;
  /** The tag of the content alone (cTag, or a digest of what the content is made from): equal tags mean equal content. */
  readonly contentTag?: string;
  /** The workload's own properties, kept as the source gave them. */
  readonly properties: { readonly [key: string]: CborValue };
  readonly content?: ContentRef;
  /** Content beside the main one, by name (a message's JSON body). */
  readonly extras?: { readonly [name: string]: ContentRef };
  /** The id under which an earlier snapshot knew an item that a restore made again. */
  readonly origin?: string;
  /** Set when the item is known and its content is not kept: it counts, it is listed, it cannot be restored. */
  readonly leftOut?: LeftOut;
  /** Fields of a later version of the format, kept on rewriting. */
  readonly unknown?: ReadonlyMap<number | string, CborValue>;
}

/** Why an item's content is not in the vault. */
export interface LeftOut {
  /** `skipped`: it cannot be had, for a cause from the workload's closed list. `excluded`: a rule of the set says so. */
  readonly as: 'skipped' | 'excluded';
  /** The code of the cause or of the rule. */
  readonly cause: string;
}
