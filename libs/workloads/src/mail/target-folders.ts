import { type GraphClient, isAnswerLost, parseAnswer } from '@holdfast/graph';
import { AppError, isAppError } from '@holdfast/kernel';
import { z } from 'zod';
import type { FolderStep, LiveItem, RestoreItem } from '../writer.port.js';
import {
  folderRecord,
  getMailFolder,
  listMailFolders,
  listOutlookSearches,
  type MailFolder,
  placeMailFolder,
  underRoot,
} from './mail-folders.js';
import { mailboxPath, outlookDemand } from './outlook-demand.js';
import { findWellKnownFolders, ROOT_NAME } from './well-known-folders.js';

const createdSchema = z.object({ id: z.string().min(1) });
const TRIES = 3;

/** The folders of a mailbox that is restored into. Listed once, and again when one turned up that was not known. */
export class TargetFolders {
  #listed: Promise<FolderTree> | undefined;

  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {}

  /** The folder at the end of the way: by what it is where that is known, so that Inbox meets 受信トレイ, else by name. */
  async find(way: readonly FolderStep[], signal: AbortSignal): Promise<string | undefined> {
    const tree = await this.#tree(signal);
    let at: string | undefined = tree.rootId;
    for (const step of way) {
      if (at === undefined) return undefined;
      at = tree.child(at, step);
    }
    return at;
  }

  async ensure(way: readonly FolderStep[], signal: AbortSignal): Promise<string> {
    let at = (await this.#tree(signal)).rootId;
    for (const step of way) at = (await this.#tree(signal)).child(at, step) ?? (await this.#create(at, step, signal));
    return at;
  }

  async findById(id: string, signal: AbortSignal): Promise<LiveItem | undefined> {
    try {
      const folder = await getMailFolder(this.client, this.userId, id, signal);
      return folder.search ? undefined : { id, record: folderRecord(folder) };
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Puts a live folder, with all that lies in it, into its place and gives it its name. */
  async putBack(live: LiveItem, { folderId, name }: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const to = { parentId: folderId, name };
    await placeMailFolder(this.client, this.userId, { id: live.id, from: live.record, to }, signal);
    (await this.#tree(signal)).place({ id: live.id, ...to });
    return (await this.findById(live.id, signal)) ?? live;
  }

  /** A folder that somebody else made meanwhile, or that a broken answer hides, is found on the next look. */
  async #create(parentId: string, step: FolderStep, signal: AbortSignal): Promise<string> {
    for (let tried = 1; ; tried += 1) {
      try {
        const id = await this.#post(parentId, step, signal);
        (await this.#tree(signal)).add({ id, name: step.name, parentId });
        return id;
      } catch (error) {
        if (!(isAppError(error, 'ALREADY_EXISTS') || isAnswerLost(error))) throw error;
        this.#listed = undefined;
        const tree = await this.#tree(signal);
        const found = tree.child(parentId, step) ?? tree.childAlike(parentId, step);
        if (found !== undefined) return found;
        if (tried === TRIES) throw error;
      }
    }
  }

  async #post(parentId: string, step: FolderStep, signal: AbortSignal): Promise<string> {
    const path = `${mailboxPath(this.userId)}/mailFolders/${encodeURIComponent(parentId)}/childFolders`;
    const json = { displayName: step.name, isHidden: step.record?.properties['isHidden'] === true };
    const answer = await this.client.json({ method: 'POST', path, demand: outlookDemand(this.userId), json }, signal);
    return parseAnswer(createdSchema, answer).id;
  }

  #tree(signal: AbortSignal): Promise<FolderTree> {
    this.#listed ??= this.#list(signal).catch((error: unknown) => {
      this.#listed = undefined;
      throw error;
    });
    return this.#listed;
  }

  async #list(signal: AbortSignal): Promise<FolderTree> {
    const wellKnown = await findWellKnownFolders(this.client, this.userId, signal);
    const below = await listMailFolders(this.client, this.userId, signal);
    const searches = await listOutlookSearches(this.client, this.userId, signal);
    const folders = underRoot([...below, ...searches], wellKnown);
    return new FolderTree(folders, wellKnown);
  }
}

type Known = Pick<MailFolder, 'id' | 'name' | 'parentId'>;

class FolderTree {
  readonly rootId: string;
  readonly #folders: Known[];
  readonly #byWellKnownName: ReadonlyMap<string, string>;

  constructor(folders: readonly MailFolder[], wellKnown: ReadonlyMap<string, string>) {
    this.#folders = folders.filter((folder) => !folder.search);
    this.#byWellKnownName = new Map([...wellKnown].map(([id, name]) => [name, id]));
    const rootId = this.#byWellKnownName.get(ROOT_NAME);
    if (rootId === undefined) throw new AppError('GRAPH_UNEXPECTED', 'The mailbox has no top folder.');
    this.rootId = rootId;
  }

  add(folder: Known): void {
    this.#folders.push(folder);
  }

  place(folder: Known): void {
    const at = this.#folders.findIndex(({ id }) => id === folder.id);
    this.#folders.splice(at < 0 ? this.#folders.length : at, 1, folder);
  }

  child(parentId: string, { name, record }: FolderStep): string | undefined {
    const wellKnownName = record?.properties['wellKnownName'];
    const known = typeof wellKnownName === 'string' ? this.#byWellKnownName.get(wellKnownName) : undefined;
    if (known !== undefined) return known;
    return this.#folders.find((folder) => folder.parentId === parentId && folder.name === name)?.id;
  }

  /** Whether siblings may differ by case alone is not said: asked for only when the service refused to make the folder. */
  childAlike(parentId: string, { name }: FolderStep): string | undefined {
    const isAlike = (folder: Known) => folder.name.toLowerCase() === name.toLowerCase();
    return this.#folders.find((folder) => folder.parentId === parentId && isAlike(folder))?.id;
  }
}
