import type { ItemRecord } from '@holdfast/vault';
import type { SourceRecord } from '@holdfast/workloads';
import { isDeepStrictEqual } from 'node:util';

/** The record without what only the reading needs. */
export function bare({ contentForm: _form, inlineExtras: _extras, ...record }: SourceRecord): ItemRecord {
  return record;
}

/** The record with its stored content. Where the source gives no size (a message), the content's own is told. */
export function withContent(
  record: SourceRecord,
  { content, extras, contentTag }: Pick<ItemRecord, 'content' | 'extras' | 'contentTag'>,
): ItemRecord {
  const bytes = record.bytes || (content?.bytes ?? 0);
  const tag = contentTag === undefined ? {} : { contentTag };
  return { ...bare(record), ...tag, bytes, ...(content && { content }), ...(extras && { extras }) };
}

/** Nothing of the item changed and what is to be stored of it is. */
export function isSame(stored: ItemRecord, next: SourceRecord): boolean {
  if (next.contentForm === undefined) return isDeepStrictEqual(stored, bare(next));
  return (
    stored.content !== undefined &&
    stored.leftOut === undefined &&
    stored.changeTag !== undefined &&
    stored.changeTag === next.changeTag &&
    stored.parentId === next.parentId &&
    stored.name === next.name
  );
}

/** The item was left out before for the same cause, and nothing of it changed since. */
export function isLeftOutAlike(stored: ItemRecord | undefined, next: SourceRecord, cause: string): boolean {
  if (stored?.leftOut?.cause !== cause) return false;
  const { leftOut: _leftOut, ...record } = stored;
  return isDeepStrictEqual(bare(next), record);
}
