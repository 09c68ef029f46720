import { AppError } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import { emlName, mbox, type MboxMessage, zip, type ZipEntry } from '@holdfast/workloads';
import type { ExportFormat, ExportPart } from './exports.port.js';
import type { OpenedSnapshot } from './opened-vault.js';
import { type Chosen, Selection } from './selection.js';

/** One resource's part of a download, opened. */
export interface OpenedPart {
  readonly part: ExportPart;
  readonly snapshot: OpenedSnapshot;
}

/** What is left out of a download is listed in it, up to this many lines. */
const MAX_LISTED = 10_000;
const LEFT_OUT_LIST = 'Not exported.txt';

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
  const leftOut: string[] = [];
  for (const { part, snapshot } of parts) {
    const top = parts.length > 1 ? [part.resourceId] : [];
    for await (const { record, path, isFolder } of chosenOf({ part, snapshot })) {
      const folders = [...top, ...path.map((folder) => folder.record.name)];
      const name = record.kind === 'message' ? emlName(record) : record.name;
      const modifiedAt = record.modifiedAt ?? record.sortAt ?? 0;
      const entry = { path: [...folders, name], modifiedAt };
      if (isFolder && !record.leftOut) yield entry;
      else if (record.content) yield { ...entry, content: snapshot.vault.reader.readContent(record.content) };
      else if (leftOut.length < MAX_LISTED) leftOut.push(`${entry.path.join('/')}: ${causeOf(record)}`);
    }
  }
  if (leftOut.length === 0) return;
  const lines = ['These items have no content in the backup:', ...leftOut, ''];
  yield { path: [LEFT_OUT_LIST], modifiedAt: 0, content: once(Buffer.from(lines.join('\r\n'))) };
}

async function* messages(parts: readonly OpenedPart[]): AsyncGenerator<MboxMessage> {
  for (const opened of parts)
    for await (const { record } of chosenOf(opened)) {
      const { reader } = opened.snapshot.vault;
      if (record.kind === 'message' && record.content) yield { record, mime: reader.readContent(record.content) };
    }
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

function causeOf({ leftOut, kind }: ItemRecord): string {
  return leftOut?.cause ?? kind;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
