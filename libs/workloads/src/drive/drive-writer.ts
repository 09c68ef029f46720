import type { GraphClient } from '@holdfast/graph';
import { AppError } from '@holdfast/kernel';
import type { ItemKind } from '@holdfast/vault';
import type { FolderStep, LiveItem, NamedPlace, RestoreItem, WorkloadWriter } from '../writer.port.js';
import { FileUploads } from './file-uploads.js';
import { LiveDrive } from './live-drive.js';
import { hasSameTarget } from './shortcut.js';
import { ShortcutWriter } from './shortcut-writer.js';
import { TargetFolders } from './target-folders.js';

/** Writes files, folders and shortcuts into one user's OneDrive. */
export class DriveWriter implements WorkloadWriter {
  readonly #drive: LiveDrive;
  readonly #folders: TargetFolders;
  readonly #files: FileUploads;
  readonly #shortcuts: ShortcutWriter;
  #written = 0;

  constructor(client: GraphClient, userId: string) {
    this.#drive = new LiveDrive(client, userId);
    this.#folders = new TargetFolders(client, this.#drive.paths);
    this.#files = new FileUploads(client, this.#drive);
    this.#shortcuts = new ShortcutWriter(this.#drive);
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
    return live && (await this.#drive.hasContentOf(live, item, signal))
      ? this.#drive.place(live, item, signal)
      : undefined;
  }

  /** Files bear no mark. */
  async findCopy(): Promise<undefined> {
    return undefined;
  }

  findById(id: string, _kind: ItemKind, signal: AbortSignal): Promise<LiveItem | undefined> {
    return this.#drive.findById(id, signal);
  }

  findByName(place: Pick<NamedPlace, 'folderId' | 'name'>, signal: AbortSignal): Promise<LiveItem | undefined> {
    return this.#drive.findByName(place, signal);
  }

  async hasContentOf(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<boolean> {
    const { contentTag } = item.record;
    if (contentTag !== undefined && live.record.contentTag === contentTag) return true;
    return this.#drive.hasContentOf(live, item, signal);
  }

  get written(): number {
    return this.#written;
  }

  async create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const made = await this.#create(item, signal);
    this.#written += 1;
    return made;
  }

  /** Folders come by {@link ensureFolder}. */
  async #create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const { itemId, record } = item;
    if (record.kind === 'shortcut') return this.#shortcuts.create(item, signal);
    if (record.kind === 'file') return this.#files.create(item, signal);
    throw new AppError('FAILED_PRECONDITION', 'Only files and shortcuts are created.', {
      context: { itemId, kind: record.kind },
    });
  }

  async overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const made = await this.#overwrite(live, item, signal);
    this.#written += 1;
    return made;
  }

  /** The same content keeps the file and its versions; only name, place, times and description are put back then. */
  async #overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const { kind, contentTag } = item.record;
    if (kind === 'shortcut') return this.#shortcuts.replace(live, item, signal);
    const isChanged = kind === 'file' && live.record.contentTag !== contentTag;
    const stored = isChanged ? await this.#files.overwrite(live, item, signal) : live;
    const placed = await this.#drive.place(stored, item, signal);
    if (kind !== 'file') this.#folders.note(placed);
    return placed;
  }

  /** What a drive's items lack is the same for all of a kind. */
  async lossesOf(): Promise<readonly string[]> {
    return [];
  }

  remove(live: LiveItem, signal: AbortSignal): Promise<void> {
    return this.#drive.remove(live, signal);
  }
}
