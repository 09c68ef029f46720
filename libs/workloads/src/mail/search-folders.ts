import { entries, type GraphClient, unexpectedAnswer } from '@holdfast/graph';
import { isAppError } from '@holdfast/kernel';
import type { LiveItem, RestoreItem } from '../writer.port.js';
import { folderRecord, getMailFolder, type MailFolder, parseFolder, placeMailFolder } from './mail-folders.js';
import { mailboxPath, outlookDemand } from './outlook-demand.js';
import { criteriaJson } from './search-criteria.js';

const PAGE = 250;
const TRIES = 3;

/** Writes the saved searches of one mailbox. The records that it is given name live folders as their sources. */
export class SearchFolders {
  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {}

  /** Names are unique in a folder. */
  async findByName(folderId: string, name: string, signal: AbortSignal): Promise<LiveItem | undefined> {
    const path = `${this.#path(folderId)}/childFolders?includeHiddenFolders=true&$top=${PAGE}`;
    for await (const entry of entries(this.client, { path, demand: this.#demand }, signal)) {
      const folder = parseFolder(entry);
      // What it looks for may be missing in a listing.
      if (folder.search && folder.name === name) return this.findById(folder.id, signal);
    }
    return undefined;
  }

  async findById(id: string, signal: AbortSignal): Promise<LiveItem | undefined> {
    try {
      return liveItem(await getMailFolder(this.client, this.userId, id, signal));
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Nothing marks a restored search but its place, its name and what it looks for. */
  async findRestored({ folderId, name, record }: RestoreItem, signal: AbortSignal): Promise<LiveItem | undefined> {
    const live = await this.findByName(folderId, name, signal);
    return live && hasSameCriteria(live, record) ? live : undefined;
  }

  /** The search made; when the answer was lost, the one that stands in its place. */
  async create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const { record, folderId, name } = item;
    const json = {
      '@odata.type': 'microsoft.graph.mailSearchFolder',
      displayName: name,
      isHidden: record.properties['isHidden'] === true,
      ...criteriaJson(record),
    };
    const path = `${this.#path(folderId)}/childFolders`;
    for (let tried = 1; ; tried += 1) {
      try {
        const request = { method: 'POST', path, demand: this.#demand, json } as const;
        const { id } = parseFolder(await this.client.json(request, signal));
        const made = await this.findById(id, signal);
        if (made) return made;
        throw unexpectedAnswer('a search folder that was made can be read');
      } catch (error) {
        if (!isAppError(error, 'GRAPH_UNAVAILABLE') || tried === TRIES) throw error;
        const made = await this.findRestored(item, signal);
        if (made) return made;
      }
    }
  }

  async overwrite(live: LiveItem, { record, folderId, name }: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const to = { parentId: folderId, name, more: criteriaJson(record) };
    await placeMailFolder(this.client, this.userId, { id: live.id, from: live.record, to }, signal);
    return (await this.findById(live.id, signal)) ?? live;
  }

  /** It holds no messages, so none is lost with it. */
  async remove(live: LiveItem, signal: AbortSignal): Promise<void> {
    try {
      await this.client.json({ method: 'DELETE', path: this.#path(live.id), demand: this.#demand }, signal);
    } catch (error) {
      if (!isAppError(error, 'GRAPH_NOT_FOUND')) throw error;
    }
  }

  #path(id: string): string {
    return `${mailboxPath(this.userId)}/mailFolders/${encodeURIComponent(id)}`;
  }

  get #demand() {
    return outlookDemand(this.userId);
  }
}

function liveItem(folder: MailFolder): LiveItem | undefined {
  return folder.search && { id: folder.id, record: folderRecord(folder) };
}

function hasSameCriteria({ record }: LiveItem, saved: RestoreItem['record']): boolean {
  return JSON.stringify(criteriaJson(record)) === JSON.stringify(criteriaJson(saved));
}
