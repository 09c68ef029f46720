import { AppError, type ResourceId, type SnapshotId, type TenantId, type VaultId } from '@holdfast/kernel';
import { isFolder, isTop, type FolderKey, type ItemKind, type ItemRecord, type ListingEntry } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type TextPattern, textMatcher } from '../domain/text-match.js';
import type { Page, PageRequest } from './browse.js';
import { ItemPaths } from './item-paths.js';
import { itemView, type ItemView, recipientsOf, senderOf } from './item-view.js';
import type { OpenedSnapshot } from './opened-vault.js';
import { OpenedVaults } from './opened-vaults.js';
import { readPageToken, writePageToken } from './page-token.js';
import { listingToken, SearchScope } from './search-scope.js';

export const SEARCH_FIELDS = ['name', 'sender', 'recipient'] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

export interface SearchWish {
  readonly vaultId: VaultId;
  readonly places: readonly { readonly resourceId: ResourceId; readonly snapshotId: SnapshotId }[];
  /** Only below this folder; '' everywhere. */
  readonly folderId: string;
  readonly skipSubfolders: boolean;
  readonly pattern: TextPattern;
  /** One of them has to match. */
  readonly fields: ReadonlySet<SearchField>;
  /** Empty: all. */
  readonly kinds: ReadonlySet<ItemKind>;
  /** Received time of a message, else the modification; milliseconds, both included, 0 for none. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Bytes, both included, 0 for none. */
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly actor: string;
}

export interface Found extends ItemView {
  readonly resourceId: ResourceId;
  readonly snapshotId: SnapshotId;
}

export interface FoundPage extends Page<Found> {
  /** Entries looked at. */
  readonly examined: number;
}

/** Entries looked at for one page, so that an answer comes within a second or so; the next page goes on behind them. */
const MAX_EXAMINED = 20_000;
/** Listings whose records are read together. */
const BATCH = 200;

const tokenSchema = z.object({ place: z.int().min(0), after: listingToken.optional() });

type Listed = readonly [FolderKey, ListingEntry];

/** Looks for items in what snapshots list, page by page. Nothing of it is kept; a search that nobody waits for ends. */
@Injectable()
export class Search {
  constructor(private readonly vaults: OpenedVaults) {}

  async run(tenant: TenantId, wish: SearchWish, page: PageRequest, signal: AbortSignal): Promise<FoundPage> {
    if (wish.folderId !== '' && wish.places.length !== 1)
      throw new AppError('INVALID_ARGUMENT', 'folderId belongs to a search in one resource.', {
        context: { field: 'folderId', rule: 'with one place' },
      });
    const vault = await this.vaults.toRead(tenant, wish.vaultId, { actor: wish.actor, reason: 'search' });
    const from = readPageToken(page.token, tokenSchema) ?? { place: 0 };
    const looking = new Looking(wish, page.size, signal);
    for (let at = from.place; at < wish.places.length; at += 1) {
      const place = wish.places[at];
      if (!place) break;
      const snapshot = await vault.snapshot(place.resourceId, place.snapshotId);
      const last = await looking.in(snapshot, at === from.place ? from.after : undefined);
      if (last) return looking.page(writePageToken({ place: at, after: last }));
    }
    return looking.page('');
  }
}

/** One page in the making. */
class Looking {
  readonly #isWanted: (text: string) => boolean;
  #rows: Found[] = [];
  #examined = 0;

  constructor(
    private readonly wish: SearchWish,
    private readonly size: number,
    private readonly signal: AbortSignal,
  ) {
    this.#isWanted = textMatcher(wish.pattern);
  }

  page(next: string): FoundPage {
    return { rows: this.#rows, examined: this.#examined, next };
  }

  /** Looks on behind `after`; answers where it left off, or nothing when all of the snapshot was seen. */
  async in(snapshot: OpenedSnapshot, after: z.infer<typeof listingToken> | undefined) {
    const scope = new SearchScope(snapshot, this.wish.folderId, this.wish.skipSubfolders);
    const paths = new ItemPaths(snapshot);
    let batch: Listed[] = [];
    for await (const [key, entry] of scope.entries(after)) {
      this.signal.throwIfAborted();
      this.#examined += 1;
      if (this.#mayMatch(entry)) batch.push([key, entry]);
      if (batch.length < BATCH && this.#examined < MAX_EXAMINED) continue;
      const full = await this.#take(snapshot, paths, batch);
      if (full) return scope.tokenOf(full);
      batch = [];
      if (this.#examined >= MAX_EXAMINED) return scope.tokenOf(key);
    }
    const full = await this.#take(snapshot, paths, batch);
    return full && scope.tokenOf(full);
  }

  /** What the listing alone can tell: most entries are done with here, without a look at their record. */
  #mayMatch({ kind, sortAt = 0, bytes, name, properties }: ListingEntry): boolean {
    const { kinds, fromMs, toMs, minBytes, maxBytes, fields } = this.wish;
    if (kinds.size > 0 && !kinds.has(kind)) return false;
    if ((fromMs > 0 && sortAt < fromMs) || (toMs > 0 && sortAt > toMs)) return false;
    // A message's own size stands in its record.
    const isSized = kind !== 'message';
    if (isSized && ((minBytes > 0 && bytes < minBytes) || (maxBytes > 0 && bytes > maxBytes))) return false;
    if (fields.has('recipient')) return true;
    return (
      (fields.has('name') && this.#isWanted(name)) || (fields.has('sender') && this.#isWanted(senderOf(properties)))
    );
  }

  /** Takes what matches; answers the key at which the page was full. */
  async #take({ vault, body, header, id }: OpenedSnapshot, paths: ItemPaths, batch: readonly Listed[]) {
    const records = await vault.items.getMany(
      body.items,
      batch.map(([{ itemId }]) => itemId),
    );
    for (const [at, [key]] of batch.entries()) {
      const record = records[at];
      if (!record || !this.#matches(record)) continue;
      const path = await paths.names(record.parentId);
      this.#rows.push({ ...itemView(key.itemId, record, path), resourceId: header.resource, snapshotId: id });
      if (this.#rows.length === this.size) return key;
    }
    return undefined;
  }

  #matches(record: ItemRecord): boolean {
    if (isFolder(record.kind) && isTop(record)) return false;
    const { fields, minBytes, maxBytes } = this.wish;
    const bytes = record.content?.bytes ?? record.bytes;
    if ((minBytes > 0 && bytes < minBytes) || (maxBytes > 0 && bytes > maxBytes)) return false;
    return (
      (fields.has('name') && this.#isWanted(record.name)) ||
      (fields.has('sender') && this.#isWanted(senderOf(record.properties))) ||
      (fields.has('recipient') && recipientsOf(record.properties).some(this.#isWanted))
    );
  }
}
