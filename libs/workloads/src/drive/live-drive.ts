import { type GraphClient, type GraphRequest, parseAnswer, QuickXorHash } from '@holdfast/graph';
import { isAppError } from '@holdfast/kernel';
import { isDeepStrictEqual } from 'node:util';
import type { LiveItem, NamedPlace, RestoreItem } from '../writer.port.js';
import { DRIVE_PREFER, driveDemand, DrivePaths } from './drive-paths.js';
import { DriveReader } from './drive-reader.js';
import { ITEM_SELECT, itemSchema } from './drive-schema.js';
import { itemRecord, recordHash } from './item-record.js';

/** A drive that is restored into, as it stands: its items are found, held against what was saved, and put in their places. */
export class LiveDrive {
  readonly paths: DrivePaths;

  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {
    this.paths = new DrivePaths(userId);
  }

  findById(id: string, signal: AbortSignal): Promise<LiveItem | undefined> {
    return this.find(this.paths.item(id), signal);
  }

  findByName({ folderId, name }: Pick<NamedPlace, 'folderId' | 'name'>, signal: AbortSignal) {
    return this.find(this.paths.child(folderId, name), signal);
  }

  async find(path: string, signal: AbortSignal): Promise<LiveItem | undefined> {
    try {
      const request = { path: `${path}?${ITEM_SELECT}`, demand: driveDemand('get'), prefer: DRIVE_PREFER };
      return liveItem(await this.client.json(request, signal));
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  write(request: Omit<GraphRequest, 'demand'>, signal: AbortSignal): Promise<unknown> {
    return this.client.json({ ...request, demand: driveDemand('write') }, signal);
  }

  /** By length and hash. A file whose hash is not told yet is read: that of one which was just written may come later. */
  async hasContentOf(live: LiveItem, { record }: RestoreItem, signal: AbortSignal): Promise<boolean> {
    if (live.record.kind !== 'file' || live.record.bytes !== record.bytes) return false;
    // An empty file may bear no hash at all.
    if (record.bytes === 0) return true;
    return (recordHash(live.record) ?? (await this.#hashOf(live, signal))) === recordHash(record);
  }

  async #hashOf(live: LiveItem, signal: AbortSignal): Promise<string> {
    const hash = new QuickXorHash();
    const reader = new DriveReader(this.client, this.userId);
    for await (const piece of reader.readContent(live.id, live.record, signal)) hash.update(piece);
    return hash.digest();
  }

  /** Name, folder, times and description as the snapshot has them; nothing is sent of what is so already. */
  async place(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const json = differences(live, item);
    if (Object.keys(json).length === 0) return live;
    const request = { method: 'PATCH', path: this.paths.item(live.id), headers: ifMatch(live) } as const;
    try {
      return liveItem(await this.write({ ...request, json }, signal));
    } catch (error) {
      // The first try may have been done and its answer lost: then nothing differs any more.
      const now = isAppError(error, 'CONFLICT') ? await this.findById(live.id, signal) : undefined;
      if (now && Object.keys(differences(now, item)).length === 0) return now;
      throw error;
    }
  }

  async remove(live: LiveItem, signal: AbortSignal): Promise<void> {
    try {
      await this.write({ method: 'DELETE', path: this.paths.item(live.id), headers: ifMatch(live) }, signal);
    } catch (error) {
      if (!isAppError(error, 'GRAPH_NOT_FOUND')) throw error;
    }
  }
}

export function liveItem(answer: unknown): LiveItem {
  const item = parseAnswer(itemSchema, answer);
  return { id: item.id, record: itemRecord(item) };
}

/** The condition that nobody has changed the item since it was seen. */
export function ifMatch({ record }: LiveItem): Record<string, string> {
  return record.changeTag === undefined ? {} : { 'if-match': record.changeTag };
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
