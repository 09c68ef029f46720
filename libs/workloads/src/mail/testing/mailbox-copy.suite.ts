import type { ItemRecord } from '@holdfast/vault';
import type { Cursor, SourceRecord } from '../../index.js';
import type { MailReader } from '../mail-reader.js';

const never = new AbortController().signal;

interface Kept {
  readonly record: SourceRecord;
  readonly mime: Buffer;
  readonly extras: ReadonlyMap<string, Buffer>;
}

/** What a crawler makes of a reader's words, in memory. */
export class MailboxCopy {
  readonly kept = new Map<string, Kept>();
  readonly folders = new Map<string, SourceRecord>();
  cursor: Cursor | undefined;
  contentsRead = 0;

  async run(reader: MailReader): Promise<void> {
    const seen = new Set<string>();
    const removed: [id: string, from: string | undefined][] = [];
    const restarted = new Set<string>();
    for await (const change of reader.enumerate(this.cursor, never)) {
      if (change.type === 'cursor') this.cursor = change.cursor;
      if (change.type === 'scope-restarted') restarted.add(change.scope);
      if (change.type === 'removed') removed.push([change.id, change.fromParentId]);
      if (change.type === 'scope-gone') for (const id of this.#inFolder(change.scope)) removed.push([id, change.scope]);
      if (change.type === 'scope-complete' && restarted.has(change.scope)) {
        for (const id of this.#inFolder(change.scope)) if (!seen.has(id)) removed.push([id, change.scope]);
      }
      if (change.type !== 'item') continue;
      seen.add(change.id);
      await this.#keep(reader, change.id, change.record);
    }
    for (const [id, from] of removed) await this.#remove(reader, id, from);
  }

  #inFolder(folder: string): string[] {
    return [...this.kept].flatMap(([id, { record }]) => (record.parentId === folder ? [id] : []));
  }

  async #remove(reader: MailReader, id: string, from: string | undefined): Promise<void> {
    this.folders.delete(id);
    if (from === undefined || this.kept.get(id)?.record.parentId !== from) return;
    const presence = await reader.lookUp(id, never);
    if (presence.present) await this.#keep(reader, id, presence.record);
    else this.kept.delete(id);
  }

  async #keep(reader: MailReader, id: string, record: SourceRecord): Promise<void> {
    if (record.contentForm === undefined) {
      this.folders.set(id, record);
      return;
    }
    const before = this.kept.get(id);
    const stored = before?.record as ItemRecord | undefined;
    if (before !== undefined && stored !== undefined && reader.sameContent(stored, record)) {
      this.kept.set(id, { ...before, record });
      return;
    }
    this.contentsRead += 1;
    const mime = Buffer.concat(await Array.fromAsync(reader.readContent(id, record, never)));
    const extras = new Map(
      Object.entries(record.inlineExtras ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes)]),
    );
    for (const [name, stream] of Object.entries(await reader.readExtras(id, record, never))) {
      extras.set(name, Buffer.concat(await Array.fromAsync(stream)));
    }
    this.kept.set(id, { record, mime, extras });
  }
}
