import {
  changedWhileRead,
  deltaRound,
  download,
  getUserDrive,
  type GraphClient,
  type GraphRequest,
  isGraphCode,
  parseAnswer,
  QuickXorHash,
} from '@holdfast/graph';
import { AppError, isAppError } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import { CONTENTS_AT_ONCE } from '../contents-at-once.js';
import { counted } from '../counted.js';
import { AFRESH } from '../list-afresh.js';
import type {
  ContentRead,
  Cursor,
  Presence,
  SkipCause,
  SourceChange,
  SourceCount,
  SourceRecord,
  WorkloadReader,
} from '../reader.port.js';
import { WHOLE_SCOPE } from '../whole-scope.js';
import { DownloadUrls } from './download-urls.js';
import { DRIVE_PREFER, driveDemand, DrivePaths } from './drive-paths.js';
import { downloadUrlOf, type GraphItem, ITEM_SELECT, itemSchema } from './drive-schema.js';
import { itemRecord, recordHash, tagOf } from './item-record.js';
import { DRIVE_SKIP_CAUSES } from './skip-causes.js';

/** Items per page; a page costs two resource units in the first round and one later. */
const PAGE = 500;
const SCOPE = WHOLE_SCOPE;
/** Fresh listings that are begun, at most, while the service forgets where they were. */
const LISTINGS = 4;

/** The quickXorHash of an empty file. */
const HASH_OF_NOTHING = new QuickXorHash().digest();

/** Reads one user's OneDrive by the change tracking of its root. */
export class DriveReader implements WorkloadReader {
  readonly contentConcurrency = CONTENTS_AT_ONCE.drive;
  readonly #paths: DrivePaths;
  readonly #urls = new DownloadUrls();
  /** Children of each folder that was told, as the service counted them then. */
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {
    this.#paths = new DrivePaths(userId);
  }

  enumerate(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<SourceChange> {
    return counted(this.#enumerate(cursor, signal));
  }

  sameContent(stored: ItemRecord, next: SourceRecord): boolean {
    return stored.contentTag !== undefined && stored.contentTag === next.contentTag;
  }

  async *readContent(id: string, record: SourceRecord, signal: AbortSignal): AsyncGenerator<Uint8Array, ContentRead> {
    const expected = recordHash(record);
    // A length that was left out looks like this, too.
    if (record.bytes === 0 && expected !== undefined && expected !== HASH_OF_NOTHING) throw changedWhileRead();
    if (record.bytes === 0) return { bytes: 0 };
    const hash = new QuickXorHash();
    const source = {
      address: (isRenewal: boolean) => this.#address(id, isRenewal, signal),
      bytes: record.bytes,
      demand: driveDemand('download'),
    };
    let bytes = 0;
    for await (const piece of download(this.client, source, signal)) {
      bytes += piece.byteLength;
      hash.update(piece);
      yield piece;
    }
    const read = hash.digest();
    if (expected !== undefined && read !== expected) throw changedWhileRead();
    return expected === undefined ? { bytes, contentTag: tagOf(read, record.bytes) } : { bytes };
  }

  async readExtras(): Promise<Record<string, never>> {
    return {};
  }

  skipCause(error: unknown): SkipCause | undefined {
    return isGraphCode(error, 'malwaredetected', 'virussuspicious') ? DRIVE_SKIP_CAUSES.malware : undefined;
  }

  async counts(): Promise<readonly SourceCount[]> {
    return [...this.#counts].map(([parentId, items]) => ({ parentId, items, of: 'entries' }));
  }

  async isThere(signal: AbortSignal): Promise<boolean> {
    return (await getUserDrive(this.client, this.userId, signal)) !== undefined;
  }

  async lookUp(id: string, signal: AbortSignal): Promise<Presence> {
    try {
      const item = await this.#get(id, signal);
      return item.deleted == null ? { present: true, record: itemRecord(item) } : { present: false };
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return { present: false };
      throw error;
    }
  }

  lookUpFolder(id: string, signal: AbortSignal): Promise<Presence> {
    return this.lookUp(id, signal);
  }

  async *#enumerate(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<SourceChange> {
    const link = cursor?.[SCOPE];
    try {
      if (link !== undefined && link !== AFRESH) {
        yield* this.#round({ path: link, demand: driveDemand('deltaWithToken'), prefer: DRIVE_PREFER }, signal);
        return;
      }
    } catch (error) {
      if (!isAppError(error, 'CURSOR_LOST')) throw error;
      yield { type: 'cursor', cursor: {} };
    }
    const path = `${this.#paths.root}/delta?${ITEM_SELECT}&$top=${PAGE}`;
    for (let tried = 1; ; tried += 1) {
      // A fresh listing tells of every folder that is there; others may have gone untold with a folder above.
      this.#counts.clear();
      yield { type: 'scope-restarted', scope: SCOPE };
      try {
        yield* this.#round({ path, demand: driveDemand('list'), prefer: DRIVE_PREFER }, signal);
        return;
      } catch (error) {
        // The service may forget a listing halfway, too.
        if (!isAppError(error, 'CURSOR_LOST') || tried === LISTINGS) throw error;
      }
    }
  }

  async *#round(request: GraphRequest, signal: AbortSignal): AsyncGenerator<SourceChange> {
    for await (const page of deltaRound(this.client, request, signal)) {
      for (const entry of page.items) yield* this.#changes(parseAnswer(itemSchema, entry));
      if (page.deltaLink === undefined) continue;
      yield { type: 'scope-complete', scope: SCOPE };
      yield { type: 'cursor', cursor: { [SCOPE]: page.deltaLink } };
    }
  }

  *#changes(item: GraphItem): Generator<SourceChange> {
    const { id } = item;
    if (item.deleted != null) {
      this.#counts.delete(id);
      yield { type: 'removed', id };
      if (item.file == null) yield { type: 'scope-gone', scope: id };
      return;
    }
    const record = itemRecord(item);
    if (item.folder?.childCount != null) this.#counts.set(id, item.folder.childCount);
    if (item.malware != null) {
      yield { type: 'skipped', id, record, cause: DRIVE_SKIP_CAUSES.malware };
      return;
    }
    this.#urls.remember(item);
    yield { type: 'item', id, record };
  }

  /** The address that came with the listing, or for one unit a fresh one. */
  async #address(id: string, isRenewal: boolean, signal: AbortSignal): Promise<string> {
    const kept = this.#urls.take(id);
    if (kept !== undefined && !isRenewal) return kept;
    const url = downloadUrlOf(await this.#get(id, signal));
    if (url !== undefined) return url;
    throw new AppError('GRAPH_REJECTED', 'The service gives no address for the file’s content.', {
      context: { itemId: id },
    });
  }

  async #get(id: string, signal: AbortSignal): Promise<GraphItem> {
    const path = `${this.#paths.item(id)}?${ITEM_SELECT}`;
    const request = { path, demand: driveDemand('get'), prefer: DRIVE_PREFER };
    const item = parseAnswer(itemSchema, await this.client.json(request, signal));
    this.#urls.remember(item);
    return item;
  }
}
