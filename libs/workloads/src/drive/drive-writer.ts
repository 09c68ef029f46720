import {
  DRIVE_FRAGMENT_BYTES,
  type GraphClient,
  GraphFailure,
  type GraphRequest,
  isAnswerLost,
  parseAnswer,
  QuickXorHash,
  unexpectedAnswer,
  upload,
} from '@holdfast/graph';
import { AppError, isAppError } from '@holdfast/kernel';
import type { ItemKind } from '@holdfast/vault';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { FolderStep, LiveItem, NamedPlace, RestoreItem, WorkloadWriter } from '../writer.port.js';
import { DriveReader } from './drive-reader.js';
import { DRIVE_PREFER, driveDemand, DrivePaths } from './drive-paths.js';
import { ITEM_SELECT, itemSchema } from './drive-schema.js';
import { itemRecord, recordHash } from './item-record.js';
import { hasSameTarget, targetForms } from './shortcut.js';
import { TargetFolders } from './target-folders.js';

const sessionSchema = z.object({ uploadUrl: z.string().min(1) });
const TRIES = 3;
/** Where an upload goes: a free name in a folder, or over a live item in the state that was seen. */
interface Aim {
  readonly path: string;
  readonly conflict: 'fail' | 'replace';
  readonly headers: Readonly<Record<string, string>>;
  /** What is written over. */
  readonly live?: LiveItem;
}

/** Writes files, folders and shortcuts into one user's OneDrive. */
export class DriveWriter implements WorkloadWriter {
  readonly #paths: DrivePaths;
  readonly #folders: TargetFolders;
  #written = 0;

  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {
    this.#paths = new DrivePaths(userId);
    this.#folders = new TargetFolders(client, this.#paths);
  }

  ensureFolder(way: readonly FolderStep[], signal: AbortSignal): Promise<string> {
    return this.#folders.ensure(way, signal);
  }

  findFolder(way: readonly FolderStep[], signal: AbortSignal): Promise<string | undefined> {
    return this.#folders.find(way, signal);
  }

  /** Nothing marks a restored file but its place, its name and its content; its times may be what an earlier try did not come to. */
  async findRestored(item: RestoreItem, signal: AbortSignal): Promise<LiveItem | undefined> {
    const live = await this.findByName(item, signal);
    if (live && item.record.kind === 'shortcut') return hasSameTarget(live.record, item.record) ? live : undefined;
    return live && (await this.#hasContentOf(live, item, signal)) ? this.#place(live, item, signal) : undefined;
  }

  /** Files bear no mark. */
  async findCopy(): Promise<undefined> {
    return undefined;
  }

  findById(id: string, _kind: ItemKind, signal: AbortSignal): Promise<LiveItem | undefined> {
    return this.#find(this.#paths.item(id), signal);
  }

  findByName(
    { folderId, name }: Pick<NamedPlace, 'folderId' | 'name'>,
    signal: AbortSignal,
  ): Promise<LiveItem | undefined> {
    return this.#find(this.#paths.child(folderId, name), signal);
  }

  /** A file whose hash is not told yet is read. */
  async hasContentOf(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<boolean> {
    const { contentTag } = item.record;
    if (contentTag !== undefined && live.record.contentTag === contentTag) return true;
    return this.#hasContentOf(live, item, signal);
  }

  get written(): number {
    return this.#written;
  }

  async create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const made = await this.#create(item, signal);
    this.#written += 1;
    return made;
  }

  async #create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (item.record.kind === 'shortcut') return this.#createShortcut(item, signal);
    this.#refuseWithoutContent(item);
    const path = (suffix: string) => this.#paths.child(item.folderId, item.name, suffix);
    return this.#store(item, { path: path(''), conflict: 'fail', headers: {} }, path, signal);
  }

  async overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const made = await this.#overwrite(live, item, signal);
    this.#written += 1;
    return made;
  }

  /** The same content keeps the file and its versions; only name, place, times and description are put back then. */
  async #overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (item.record.kind === 'shortcut') return this.#replaceShortcut(live, item, signal);
    if (item.record.kind === 'file' && live.record.contentTag !== item.record.contentTag) {
      const path = (suffix: string) => `${this.#paths.item(live.id)}${suffix}`;
      const stored = await this.#store(
        item,
        { path: path(''), conflict: 'replace', headers: ifMatch(live), live },
        path,
        signal,
      );
      return this.#place(stored, item, signal);
    }
    const placed = await this.#place(live, item, signal);
    if (item.record.kind !== 'file') this.#folders.note(placed);
    return placed;
  }

  /** What a drive's items lack is the same for all of a kind. */
  async lossesOf(): Promise<readonly string[]> {
    return [];
  }

  async remove(live: LiveItem, signal: AbortSignal): Promise<void> {
    try {
      await this.#write({ method: 'DELETE', path: this.#paths.item(live.id), headers: ifMatch(live) }, signal);
    } catch (error) {
      if (!isAppError(error, 'GRAPH_NOT_FOUND')) throw error;
    }
  }

  /** An upload whose session or answer was lost, or that a repeat found done, is looked for before it is begun again. */
  async #store(item: RestoreItem, aim: Aim, path: (suffix: string) => string, signal: AbortSignal): Promise<LiveItem> {
    for (let tried = 1; ; tried += 1) {
      try {
        return item.record.bytes === 0
          ? await this.#putEmpty(item, aim, path, signal)
          : await this.#upload(item, aim, path, signal);
      } catch (error) {
        const mayHavePassed = isAnswerLost(error) || hasSessionEnded(error) || isAppError(error, 'CONFLICT');
        if (!mayHavePassed || tried === TRIES) throw error;
        const made = await this.#find(aim.path, signal);
        if (made && (await this.#hasContentOf(made, item, signal))) return this.#place(made, item, signal);
      }
    }
  }

  async #upload(item: RestoreItem, aim: Aim, path: (suffix: string) => string, signal: AbortSignal): Promise<LiveItem> {
    const { bytes, properties } = item.record;
    const about = {
      '@microsoft.graph.conflictBehavior': aim.conflict,
      name: item.name,
      fileSize: bytes,
      ...pick(properties, 'fileSystemInfo', 'description'),
    };
    const request = {
      method: 'POST',
      path: path('/createUploadSession'),
      headers: aim.headers,
      json: { item: about },
    } as const;
    const { uploadUrl } = parseAnswer(sessionSchema, await this.#write({ ...request, isRepeatable: true }, signal));
    const sent = new QuickXorHash();
    const content = hashed(item.content(), sent);
    const demand = { bucket: 'sharepoint', cost: 0 } as const;
    const end = await upload(
      this.client,
      {
        url: uploadUrl,
        bytes,
        content,
        fragmentBytes: DRIVE_FRAGMENT_BYTES,
        demand,
        beforeLast: () => this.#refuseIfChanged(aim, signal),
      },
      signal,
    );
    return verified(liveItem(end.item), sent.digest(), bytes);
  }

  /** The condition of a session holds when it is opened, and a large file takes its time: what its owner wrote meanwhile stays. */
  async #refuseIfChanged({ live, path }: Aim, signal: AbortSignal): Promise<void> {
    if (!live) return;
    const now = await this.#find(path, signal);
    if (now && (now.record.changeTag === live.record.changeTag || hasSameWords(now.record, live.record))) return;
    throw new AppError(
      'CONFLICT',
      'The file was changed while the restore was sending its content, so it was left alone. Make a new plan to see how it stands.',
      { context: { liveId: live.id } },
    );
  }

  /** An upload session needs a byte; an empty file is put at once, and gets its times afterwards. */
  async #putEmpty(
    item: RestoreItem,
    aim: Aim,
    path: (suffix: string) => string,
    signal: AbortSignal,
  ): Promise<LiveItem> {
    const put = `${path('/content')}?@microsoft.graph.conflictBehavior=${aim.conflict}`;
    const bytes = { type: 'application/octet-stream', content: new Uint8Array(0) };
    const made = liveItem(await this.#write({ method: 'PUT', path: put, headers: aim.headers, bytes }, signal));
    const json = pick(item.record.properties, 'fileSystemInfo', 'description');
    if (Object.keys(json).length === 0) return made;
    return liveItem(await this.#write({ method: 'PATCH', path: this.#paths.item(made.id), json }, signal));
  }

  /** Name, folder, times and description as the snapshot has them; nothing is sent of what is so already. */
  async #place(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const json = differences(live, item);
    if (Object.keys(json).length === 0) return live;
    const request = { method: 'PATCH', path: this.#paths.item(live.id), headers: ifMatch(live) } as const;
    try {
      return liveItem(await this.#write({ ...request, json }, signal));
    } catch (error) {
      // The first try may have been done and its answer lost: then nothing differs any more.
      const now = isAppError(error, 'CONFLICT') ? await this.findById(live.id, item.record.kind, signal) : undefined;
      if (now && Object.keys(differences(now, item)).length === 0) return now;
      throw error;
    }
  }

  /** In whichever form the service takes it; what it says to the last one is why the item is not restored. */
  async #createShortcut(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const forms = targetForms(item.record);
    for (const [at, remoteItem] of forms.entries()) {
      try {
        return await this.#postShortcut(item, remoteItem, signal);
      } catch (error) {
        if (!isAppError(error, 'GRAPH_REJECTED') || at === forms.length - 1) throw error;
      }
    }
    throw new AppError('FAILED_PRECONDITION', 'The backup does not say what the shortcut points to.', {
      context: { itemId: item.itemId },
    });
  }

  async #postShortcut(item: RestoreItem, remoteItem: unknown, signal: AbortSignal): Promise<LiveItem> {
    const json = { name: item.name, remoteItem, '@microsoft.graph.conflictBehavior': 'fail' };
    const path = `${this.#paths.item(item.folderId)}/children`;
    for (let tried = 1; ; tried += 1) {
      try {
        const made = liveItem(await this.#write({ method: 'POST', path, json }, signal));
        return (await this.findById(made.id, 'shortcut', signal)) ?? made;
      } catch (error) {
        if (!isAnswerLost(error) || tried === TRIES) throw error;
        const made = await this.findRestored(item, signal);
        if (made) return made;
      }
    }
  }

  /** A shortcut holds nothing, so one that leads elsewhere gives way; a file or a folder does not. */
  async #replaceShortcut(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (hasSameTarget(live.record, item.record)) return this.#moved(live, item, signal);
    if (live.record.kind !== 'shortcut')
      throw new AppError('CONFLICT', 'Another item stands where the shortcut was. Keep both, or move that item.', {
        context: { itemId: item.itemId, kind: live.record.kind },
      });
    await this.remove(live, signal);
    return this.#createShortcut(item, signal);
  }

  async #moved(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (live.record.parentId === item.folderId && live.record.name === item.name) return live;
    const json = { name: item.name, parentReference: { id: item.folderId } };
    const request = { method: 'PATCH', path: this.#paths.item(live.id), headers: ifMatch(live), json } as const;
    return liveItem(await this.#write(request, signal));
  }

  async #find(path: string, signal: AbortSignal): Promise<LiveItem | undefined> {
    try {
      const request = { path: `${path}?${ITEM_SELECT}`, demand: driveDemand('get'), prefer: DRIVE_PREFER };
      return liveItem(await this.client.json(request, signal));
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** By length and hash; the hash of a file that was just written may not be told yet. */
  async #hasContentOf(live: LiveItem, { record }: RestoreItem, signal: AbortSignal): Promise<boolean> {
    if (live.record.kind !== 'file' || live.record.bytes !== record.bytes) return false;
    // An empty file may bear no hash at all.
    if (record.bytes === 0) return true;
    return (recordHash(live.record) ?? (await this.#hashOf(live, signal))) === recordHash(record);
  }

  /** What the service has not told yet, from the content itself. */
  async #hashOf(live: LiveItem, signal: AbortSignal): Promise<string> {
    const hash = new QuickXorHash();
    const reader = new DriveReader(this.client, this.userId);
    for await (const piece of reader.readContent(live.id, live.record, signal)) hash.update(piece);
    return hash.digest();
  }

  #write(request: Omit<GraphRequest, 'demand'>, signal: AbortSignal): Promise<unknown> {
    return this.client.json({ ...request, demand: driveDemand('write') }, signal);
  }

  /** Folders come by {@link ensureFolder}. */
  #refuseWithoutContent({ itemId, record }: RestoreItem): void {
    if (record.kind === 'file') return;
    throw new AppError('FAILED_PRECONDITION', 'Only files and shortcuts are created.', {
      context: { itemId, kind: record.kind },
    });
  }
}

/** No page of Microsoft's says that a session leaves the eTag of what it is to write over as it is: so the content decides then. */
function hasSameWords(now: LiveItem['record'], seen: LiveItem['record']): boolean {
  const isInPlace = now.parentId === seen.parentId && now.name === seen.name;
  return isInPlace && seen.contentTag !== undefined && now.contentTag === seen.contentTag;
}

/** The upload's session is gone, or its address has run out. */
function hasSessionEnded(error: unknown): boolean {
  return isAppError(error, 'GRAPH_NOT_FOUND') || (error instanceof GraphFailure && error.status === 401);
}

function liveItem(answer: unknown): LiveItem {
  const item = parseAnswer(itemSchema, answer);
  return { id: item.id, record: itemRecord(item) };
}

/** The service's hash may be missing right after a write; its length never is. */
function verified(live: LiveItem, sentHash: string, sentBytes: number): LiveItem {
  const hash = recordHash(live.record);
  if (live.record.bytes === sentBytes && (hash === undefined || hash === sentHash)) return live;
  throw unexpectedAnswer('a stored file has the length and hash of what was sent');
}

async function* hashed(content: AsyncIterable<Uint8Array>, hash: QuickXorHash): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
}

function pick(properties: Readonly<Record<string, unknown>>, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** What has to be sent so that a live item has the snapshot's name, folder, times and description. */
function differences(live: LiveItem, item: RestoreItem): Record<string, unknown> {
  const isMoved = live.record.parentId !== item.folderId || live.record.name !== item.name;
  return {
    ...(isMoved && { name: item.name, parentReference: { id: item.folderId } }),
    ...differing('fileSystemInfo', live, item),
    ...differing('description', live, item, ''),
  };
}

/** The snapshot's value of a field that the live item has otherwise; `none` stands for one that the snapshot does not have. */
function differing(
  name: string,
  { record: live }: LiveItem,
  { record: saved }: RestoreItem,
  none?: unknown,
): Record<string, unknown> {
  const value: unknown = saved.properties[name] ?? none;
  return value === undefined || isDeepStrictEqual(live.properties[name] ?? none, value) ? {} : { [name]: value };
}

function ifMatch({ record }: LiveItem): Record<string, string> {
  return record.changeTag === undefined ? {} : { 'if-match': record.changeTag };
}
