import type { BlockBlobClient, BlockBlobUploadOptions } from '@azure/storage-blob';
import { type RandomBytes } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { type PutTerms } from '../destination.port.js';
import { named } from './azure-errors.js';

/** An object of at most so many bytes goes in one request, a larger one in blocks of this size; two are in memory. A blob takes 50,000. */
export const BLOCK_BYTES = 4 * 1024 * 1024;
const BLOCK_NUMBER_DIGITS = 6;

/** The object's metadata entry that keeps its SHA-256, which the bytes were held against before they were committed. */
export const SHA256_METADATA = 'sha256';

/** Stores a body that fails at its end where it is not what `terms` say. The service holds each request's bytes against their MD5. */
export async function sendBlob(
  blob: BlockBlobClient,
  body: AsyncIterable<Uint8Array>,
  { bytes, sha256, ifAbsent }: PutTerms,
  randomBytes: RandomBytes,
): Promise<void> {
  const terms: BlockBlobUploadOptions = {
    metadata: { [SHA256_METADATA]: sha256 },
    blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
    ...(ifAbsent && { conditions: { ifNoneMatch: '*' } }),
  };
  if (bytes > BLOCK_BYTES) {
    const ids = await stage(blob, body, randomBytes);
    await named('create', () => blob.commitBlockList(ids, terms));
    return;
  }
  for await (const whole of blocksOf(body, bytes))
    await named('create', () => blob.upload(whole, bytes, { ...terms, transactionalContentMD5: md5Of(whole) }));
}

/** No reader sees blocks before they are committed; the service forgets those that never are after a week. */
async function stage(
  blob: BlockBlobClient,
  body: AsyncIterable<Uint8Array>,
  randomBytes: RandomBytes,
): Promise<string[]> {
  // Another writer of the same name has blocks of its own.
  const writer = Buffer.from(randomBytes(16)).toString('hex');
  const ids: string[] = [];
  let sending: Promise<unknown> = Promise.resolve();
  for await (const block of blocksOf(body, BLOCK_BYTES)) {
    await sending;
    const id = Buffer.from(writer + String(ids.length).padStart(BLOCK_NUMBER_DIGITS, '0')).toString('base64');
    ids.push(id);
    sending = named('create', () =>
      blob.stageBlock(id, block, block.byteLength, { transactionalContentMD5: md5Of(block) }),
    );
    // Where the body fails meanwhile nobody waits for it.
    sending.catch(() => undefined);
  }
  await sending;
  return ids;
}

/** The same bytes in blocks, the last one shorter; one empty block where there are none. */
async function* blocksOf(
  body: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const piece of body)
    for (let at = 0; at < piece.byteLength;) {
      if (filled === blockBytes) {
        yield block;
        block = Buffer.allocUnsafe(blockBytes);
        filled = 0;
      }
      const taken = Math.min(piece.byteLength - at, blockBytes - filled);
      block.set(piece.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
    }
  yield block.subarray(0, filled);
}

const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
