import { emlName, safeName } from '@holdfast/workloads';
import { itemOf } from './browse.js';
import type { OpenedPart } from './export-content.js';
import type { ExportFormat } from './exports.port.js';

const TYPES: Record<ExportFormat, string> = {
  zip: 'application/zip',
  eml: 'message/rfc822',
  mbox: 'application/mbox',
};

export function contentTypeOf(format: ExportFormat): string {
  return TYPES[format];
}

/** The name of the file: of the one item that is in it, else of the day. */
export async function exportName(format: ExportFormat, parts: readonly OpenedPart[], at: Date): Promise<string> {
  const [opened, ...others] = parts;
  const [itemId, ...more] = opened?.part.itemIds ?? [];
  if (!opened || itemId === undefined || others.length > 0 || more.length > 0)
    return `export ${at.toISOString().slice(0, 10)}.${format}`;
  const record = await itemOf(opened.snapshot, itemId);
  const name = record.kind === 'message' ? emlName(record) : record.name;
  return safeName(format === 'eml' ? name : `${name.replace(/\.eml$/, '')}.${format}`);
}

/** The header that names a download, in ASCII and, for those who read it, whole. [RFC 6266, RFC 8187] */
export function contentDisposition(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const whole = encodeURIComponent(fileName).replace(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
