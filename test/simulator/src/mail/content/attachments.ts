import { Rng } from '../../core/rng.js';
import { MadeBytes } from './attachment-bytes.js';
import type { FileAttachment } from './letter.js';

interface FileKind {
  readonly extension: string;
  readonly contentType: string;
  readonly magic: string;
}

const ZIP = 'PK\x03\x04\x14\x00\x06\x00';
const KINDS: readonly FileKind[] = [
  { extension: 'pdf', contentType: 'application/pdf', magic: '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n' },
  {
    extension: 'docx',
    contentType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    magic: ZIP,
  },
  { extension: 'xlsx', contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', magic: ZIP },
  { extension: 'jpg', contentType: 'image/jpeg', magic: '\xff\xd8\xff\xe0\x00\x10JFIF' },
  { extension: 'zip', contentType: 'application/zip', magic: ZIP },
  { extension: 'csv', contentType: 'text/csv', magic: 'id;name;amount\r\n' },
];
const PNG: FileKind = { extension: 'png', contentType: 'image/png', magic: '\x89PNG\r\n\x1a\n' };

const NAMES = [
  'Offer',
  'Übersicht',
  'Отчёт',
  '請求書',
  'scan 001',
  'Photo',
  'a "quoted" name',
  'semi;colon',
  '../../etc/passwd',
  'CON',
];
const POOL_FILES = 60;

/** One attachment of about `bytes` octets: from the tenant's pool of recurring files in two cases of five, else its own. */
export function fileAttachment(rng: Rng, pool: string, number: number, bytes: number): FileAttachment {
  if (rng.chance(0.4)) return pooledFile(pool, number, rng.int(0, POOL_FILES - 1));
  return uniqueFile(rng, number, bytes);
}

function pooledFile(pool: string, number: number, which: number): FileAttachment {
  const rng = new Rng(`${pool}/mail-pool/${which}`);
  return made(rng, number, { kind: rng.pick(KINDS), bytes: logUniform(rng, 1_000, 40_000), name: rng.pick(NAMES) });
}

/** An attachment that no other message has. */
export function uniqueFile(rng: Rng, number: number, bytes: number): FileAttachment {
  return made(rng.derive('file', number), number, { kind: rng.pick(KINDS), bytes, name: rng.pick(NAMES) });
}

/** A picture that the HTML body shows through `cid:`. */
export function inlineImage(rng: Rng, number: number, bytes: number): FileAttachment {
  const image = made(rng.derive('image', number), number, {
    kind: PNG,
    bytes,
    name: `image${String(number).padStart(3, '0')}`,
  });
  return { ...image, isInline: true, contentId: `${image.name}@${rng.uint32().toString(16).toUpperCase()}` };
}

function made(rng: Rng, number: number, file: { kind: FileKind; bytes: number; name: string }): FileAttachment {
  return {
    kind: 'file',
    number,
    name: `${file.name}.${file.kind.extension}`,
    contentType: file.kind.contentType,
    isInline: false,
    contentId: null,
    content: new MadeBytes(rng.name, Math.round(file.bytes), file.kind.magic),
  };
}

/** A whole number between `low` and `high` whose logarithm is spread evenly: small ones are as common as large ones. */
export function logUniform(rng: Rng, low: number, high: number): number {
  return Math.round(low * (high / low) ** rng.next());
}
