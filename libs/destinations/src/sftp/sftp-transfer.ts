import { type ByteRange } from '../destination.port.js';
import { type SftpSession } from './sftp-session.js';

/** Bytes of one request; every server takes so many (draft-ietf-secsh-filexfer-02, section 3). */
const BLOCK_BYTES = 32 * 1024;
/** Requests of one transfer that wait for their answer: 1 MiB under way, so that a distant server is not waited for block by block. */
const BLOCKS_UNDER_WAY = 32;

/** Writes the pieces one after another into an open file. Holds what is under way and one piece in memory. */
export async function writeBlocks(
  session: SftpSession,
  handle: Buffer,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let at = 0;
  let failure: { readonly thrown: unknown } | undefined;
  const write = (block: Buffer, position: number) =>
    session.ask<unknown>((sftp, answer) =>
      sftp.write(handle, block, 0, block.byteLength, position, (error) => answer(error, undefined)),
    );
  try {
    for await (const piece of body) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      for (let from = 0; from < bytes.byteLength; from += BLOCK_BYTES) {
        if (underWay.size >= BLOCKS_UNDER_WAY) await Promise.race(underWay);
        if (failure) throw failure.thrown;
        const block = bytes.subarray(from, from + BLOCK_BYTES);
        const written: Promise<void> = write(block, at)
          .catch((thrown: unknown) => {
            failure ??= { thrown };
          })
          .then(() => void underWay.delete(written));
        underWay.add(written);
        at += block.byteLength;
      }
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failure) throw failure.thrown;
}

/** The bytes of a stretch in order; fails where the file ends before it. */
export async function* readBlocks(
  session: SftpSession,
  handle: Buffer,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: Promise<Buffer>[] = [];
  const end = offset + length;
  let next = offset;
  try {
    while (next < end || ahead.length > 0) {
      while (next < end && ahead.length < BLOCKS_UNDER_WAY) {
        const block = readWhole(session, handle, next, Math.min(BLOCK_BYTES, end - next));
        // Whoever stops reading leaves those behind it unseen.
        block.catch(() => undefined);
        ahead.push(block);
        next += BLOCK_BYTES;
      }
      const block = ahead.shift();
      if (block) yield await block;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** A server may answer with fewer bytes than were asked for. */
async function readWhole(session: SftpSession, handle: Buffer, position: number, length: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length;) {
    const wanted = length - filled;
    const read = await session.ask<number>((sftp, answer) =>
      sftp.read(handle, block, filled, wanted, position + filled, answer),
    );
    if (read === 0) throw new Error('the file ends before its length');
    filled += read;
  }
  return block;
}
