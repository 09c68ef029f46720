import { isAnswerLost } from '@holdfast/graph';
import { AppError, isAppError } from '@holdfast/kernel';
import type { LiveItem, RestoreItem } from '../writer.port.js';
import { ifMatch, type LiveDrive, liveItem } from './live-drive.js';
import { hasSameTarget, targetForms } from './shortcut.js';

const TRIES = 3;

/** Makes shortcuts in a drive. They hold nothing, so one is told from another by what it points to. */
export class ShortcutWriter {
  constructor(private readonly drive: LiveDrive) {}

  /** In whichever form the service takes it; what it says to the last one is why the item is not restored. */
  async create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const forms = targetForms(item.record);
    for (const [at, remoteItem] of forms.entries()) {
      try {
        return await this.#post(item, remoteItem, signal);
      } catch (error) {
        if (!isAppError(error, 'GRAPH_REJECTED') || at === forms.length - 1) throw error;
      }
    }
    throw new AppError('FAILED_PRECONDITION', 'The backup does not say what the shortcut points to.', {
      context: { itemId: item.itemId },
    });
  }

  async #post(item: RestoreItem, remoteItem: unknown, signal: AbortSignal): Promise<LiveItem> {
    const json = { name: item.name, remoteItem, '@microsoft.graph.conflictBehavior': 'fail' };
    const path = `${this.drive.paths.item(item.folderId)}/children`;
    for (let tried = 1; ; tried += 1) {
      try {
        const made = liveItem(await this.drive.write({ method: 'POST', path, json }, signal));
        return (await this.drive.findById(made.id, signal)) ?? made;
      } catch (error) {
        if (!isAnswerLost(error) || tried === TRIES) throw error;
        const made = await this.drive.findByName(item, signal);
        if (made && hasSameTarget(made.record, item.record)) return made;
      }
    }
  }

  /** One that leads elsewhere gives way; a file or a folder does not. */
  async replace(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (hasSameTarget(live.record, item.record)) return this.#moved(live, item, signal);
    if (live.record.kind !== 'shortcut')
      throw new AppError('CONFLICT', 'Another item stands where the shortcut was. Keep both, or move that item.', {
        context: { itemId: item.itemId, kind: live.record.kind },
      });
    await this.drive.remove(live, signal);
    return this.create(item, signal);
  }

  async #moved(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (live.record.parentId === item.folderId && live.record.name === item.name) return live;
    const json = { name: item.name, parentReference: { id: item.folderId } };
    const request = { method: 'PATCH', path: this.drive.paths.item(live.id), headers: ifMatch(live), json } as const;
    return liveItem(await this.drive.write(request, signal));
  }
}
