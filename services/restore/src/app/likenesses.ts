import type { ItemRecord } from '@holdfast/vault';
import type { SourceRecord } from '@holdfast/workloads';
import { createHash } from 'node:crypto';
import { copyLikenessOf, likenessOf } from '../domain/likeness.js';

/** Where a message's record keeps the body, in the vault and in a listing. */
const BODY = 'body';

/** What a saved item is compared by: with itself, and with the copies that restores made of it. */
export interface SavedLikeness {
  readonly likeness: string;
  readonly copyLikeness: string;
}

export function savedLikeness(record: ItemRecord): SavedLikeness {
  const body = record.extras?.[BODY]?.sha256 ?? createHash('sha256').digest();
  const copyLikeness = copyLikenessOf(record, Buffer.from(body).toString('hex'));
  // An item that was a copy when it was saved is compared as one.
  return { likeness: record.origin === undefined ? likenessOf(record) : copyLikeness, copyLikeness };
}

/** What a live item is compared by; one that bears a mark is a copy. */
export function liveLikeness(record: SourceRecord): string {
  return record.origin === undefined ? likenessOf(record) : liveCopyLikeness(record);
}

/** What a live item is compared by as a copy. */
export function liveCopyLikeness(record: SourceRecord): string {
  const body = record.inlineExtras?.[BODY] ?? '';
  return copyLikenessOf(record, createHash('sha256').update(body).digest('hex'));
}
