import { CborFields } from '../cbor/cbor-fields.js';
import { chunkIdBytes } from '../chunks/chunk-id.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { type DecodedCbor } from '../cbor/decode-cbor.js';
import { brokenObject } from '../broken-object.js';
import type { CborValue, ContentRef } from '../item-record.js';

const FORMS = ['bytes', 'mime'] as const;

/** A content reference as docs/format/v1.md#content-reference has it. */
export function contentRefToCbor(content: ContentRef): CborValue {
  return new Map<number, CborValue>([
    [1, content.bytes],
    [2, FORMS.indexOf(content.form)],
    [3, content.sha256],
    [4, content.chunks.map(chunkIdBytes)],
    [5, content.depth],
  ]);
}

/** Reverses {@link contentRefToCbor}; refuses what breaks the format. */
export function contentRefFromCbor(value: DecodedCbor, object: string): ContentRef {
  const fields = new CborFields(value, object);
  const form = FORMS[fields.count(2, 'form')];
  if (!form) throw brokenObject(object, 'form has to be 0 (bytes) or 1 (mime)');
  return {
    bytes: fields.count(1, 'bytes'),
    form,
    sha256: fields.bytes(3, 'sha256', 32),
    chunks: fields.list(4, 'chunks').map((id) => readChunkId(id, object)),
    depth: fields.count(5, 'depth'),
  };
}
