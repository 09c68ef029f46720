import { isAppError } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import type { Cursor, FolderStep, SourceRecord } from '../../index.js';
import type { DriveReader } from '../drive-reader.js';

const never = new AbortController().signal;

/** What a crawler makes of a reader's words, in memory. */
export class DriveCopy {
  readonly records = new Map<string, SourceRecord>();
  readonly contents = new Map<string, Buffer>();
  readonly skipped = new Set<string>();
  cursor: Cursor | undefined;
  contentsRead = 0;

  async run(reader: DriveReader): Promise<void> {
    const seen = new Set<string>();
    const told = new Map<string, SourceRecord | undefined>();
    let isRestarted = false;
    for await (const change of reader.enumerate(this.cursor, never)) {
      if (change.type === 'cursor') this.cursor = change.cursor;
      if (change.type === 'scope-restarted') isRestarted = true;
      if (change.type === 'removed') told.set(change.id, undefined);
      if (change.type === 'skipped') this.skipped.add(change.id);
      if (change.type === 'item') told.set(change.id, change.record);
      if ('id' in change) seen.add(change.id);
    }
    for (const [id, record] of told) {
      if (record === undefined) this.#remove(id);
      else await this.#keep(reader, id, record);
    }
    if (isRestarted) for (const id of [...this.records.keys()]) if (!seen.has(id)) this.#remove(id);
    this.#dropOrphans();
  }

  #remove(id: string): void {
    this.records.delete(id);
    this.contents.delete(id);
  }

  #dropOrphans(): void {
    for (let before = -1; before !== this.records.size;) {
      before = this.records.size;
      for (const [id, { parentId }] of this.records)
        if (parentId !== undefined && !this.records.has(parentId)) this.#remove(id);
    }
  }

  async #keep(reader: DriveReader, id: string, record: SourceRecord): Promise<void> {
    const before = this.records.get(id) as ItemRecord | undefined;
    this.records.set(id, record);
    if (record.kind !== 'file' || (before !== undefined && reader.sameContent(before, record))) return;
    this.contentsRead += 1;
    try {
      this.contents.set(id, Buffer.concat(await Array.fromAsync(reader.readContent(id, record, never))));
    } catch (error) {
      const fresh = isAppError(error, 'CONFLICT') ? await reader.lookUp(id, never) : { present: false as const };
      if (!fresh.present) throw error;
      await this.#keep(reader, id, fresh.record);
    }
  }

  path(id: string): string {
    const record = this.records.get(id);
    if (record?.parentId === undefined) return '';
    return [this.path(record.parentId), record.name].filter((part) => part !== '').join('/');
  }

  way(folderId: string): FolderStep[] {
    const record = this.records.get(folderId) as ItemRecord | undefined;
    if (record?.parentId === undefined) return [];
    return [...this.way(record.parentId), { name: record.name, record }];
  }
}
