import { AppError } from '@holdfast/kernel';
import { isDamage, type ItemRecord } from '@holdfast/vault';
import {
  ATTACHMENTS_EXTRA,
  attachmentsFolder,
  emlName,
  keptFilesIn,
  mbox,
  type MboxMessage,
  zip,
  type ZipEntry,
} from '@holdfast/workloads';
import type { ExportFormat, ExportPart } from './exports.port.js';
import { NotExported } from './not-exported.js';
import type { OpenedSnapshot } from './opened-vault.js';
import { givenContent, LOST, provenContent, type ProvenContent } from './proven-content.js';
import { type Chosen, Selection } from './selection.js';

/** One resource's part of a download, opened. */
export interface OpenedPart {
  readonly part: ExportPart;
  readonly snapshot: OpenedSnapshot;
}

const NOT_EXPORTED = 'Not exported.txt';

/** The bytes of a download, made while they are read. */
export function exportContent(format: ExportFormat, parts: readonly OpenedPart[]): AsyncGenerator<Uint8Array> {
  switch (format) {
    case 'zip':
      return zip(zipEntries(parts));
    case 'mbox':
      return mbox(messages(parts));
    case 'eml':
      return oneMessage(parts);
  }
}

async function* zipEntries(parts: readonly OpenedPart[]): AsyncGenerator<ZipEntry> {
  const notExported = new NotExported();
  for (const { part, snapshot } of parts) {
    const top = parts.length > 1 ? [part.resourceId] : [];
    for await (const chosen of chosenOf({ part, snapshot })) {
      const { record, isFolder } = chosen;
      const path = [...top, ...pathOf(chosen)];
      const entry = { path, modifiedAt: record.modifiedAt ?? record.sortAt ?? 0 };
      if (isFolder && !record.leftOut) {
        yield entry;
        continue;
      }
      const tell = (reason: string) => notExported.add(path.join('/'), reason);
      const read = await contentOf(snapshot, record, givenContent);
      if ('reason' in read) tell(read.reason);
      else yield { ...entry, content: read.content, mayLack: (error) => isTold(error, tell) };
      yield* attachmentEntries(snapshot, record, entry, notExported);
    }
  }
  if (notExported.items > 0) yield { path: [NOT_EXPORTED], modifiedAt: 0, content: once(notExported.text()) };
}

/** A damaged MIME lacks attachments that were kept beside it: so do they lie in the ZIP. EML and mbox have the MIME as Microsoft gave it. */
async function* attachmentEntries(
  snapshot: OpenedSnapshot,
  record: ItemRecord,
  { path, modifiedAt }: ZipEntry,
  notExported: NotExported,
): AsyncGenerator<ZipEntry> {
  const kept = record.extras?.[ATTACHMENTS_EXTRA];
  if (!kept) return;
  const folder = [...path.slice(0, -1), attachmentsFolder(record)];
  try {
    for await (const { name, content } of keptFilesIn(snapshot.vault.reader.readContent(kept)))
      yield { path: [...folder, name], modifiedAt, content: once(content) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    notExported.add(folder.join('/'), LOST);
  }
}

async function* messages(parts: readonly OpenedPart[]): AsyncGenerator<MboxMessage> {
  const notExported = new NotExported();
  let last: ItemRecord | undefined;
  for (const { part, snapshot } of parts)
    for await (const chosen of chosenOf({ part, snapshot })) {
      const { record } = chosen;
      if (record.kind !== 'message') continue;
      const read = await contentOf(snapshot, record, provenContent);
      if ('content' in read) yield { record, mime: read.content };
      else notExported.add([part.resourceId, ...pathOf(chosen)].join('/'), read.reason);
      last = record;
    }
  if (last && notExported.items > 0) yield { record: last, mime: notExported.mime() };
}

async function* oneMessage(parts: readonly OpenedPart[]): AsyncGenerator<Uint8Array> {
  for (const opened of parts)
    for await (const { record } of chosenOf(opened)) {
      if (!record.content) throw new AppError('FAILED_PRECONDITION', 'The message has no content in the backup.');
      yield* opened.snapshot.vault.reader.readContent(record.content);
      return;
    }
}

function chosenOf({ part, snapshot }: OpenedPart): AsyncGenerator<Chosen> {
  return new Selection(snapshot, part.itemIds).withRecords();
}

function pathOf({ record, path }: Chosen): readonly string[] {
  const name = record.kind === 'message' ? emlName(record) : record.name;
  return [...path.map((folder) => folder.record.name), name];
}

async function contentOf(
  { vault }: OpenedSnapshot,
  { content, leftOut, kind }: ItemRecord,
  read: typeof provenContent,
): Promise<ProvenContent> {
  if (content) return read(vault.reader, content);
  return { reason: `the backup has no content of it (${leftOut?.cause ?? kind})` };
}

/** Whether a content broke off for its own damage. */
function isTold(error: unknown, tell: (reason: string) => void): boolean {
  if (!isDamage(error)) return false;
  tell(LOST);
  return true;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
