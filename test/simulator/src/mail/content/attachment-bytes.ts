import { createHash } from 'node:crypto';
import { Rng } from '../../core/rng.js';

const NOISE_BYTES = 4 * 1024 * 1024;
const PIECE_BYTES = NOISE_BYTES / 2;

let noise: Buffer | undefined;

/** Four MiB that no compressor can shrink, made once; generated attachments are windows of it behind a head of their own. */
function noiseBlock(): Buffer {
  return (noise ??= new Rng('mail/noise').bytes(NOISE_BYTES));
}

/** The octets of an attachment: either a rule that makes them when they are read, or bytes that came from outside. */
export interface AttachmentBytes {
  /** Names the octets: equal keys, equal octets. */
  readonly key: string;
  readonly bytes: number;
  /** The octets in pieces of at most 2 MiB (given bytes: one piece), so that 100 MB cost no memory. */
  pieces(): Iterable<Buffer>;
}

/** Octets made from a name: a head that looks like the type, then noise. */
export class MadeBytes implements AttachmentBytes {
  readonly key: string;

  constructor(
    private readonly name: string,
    readonly bytes: number,
    private readonly magic: string,
  ) {
    this.key = `${name}/${bytes}`;
  }

  *pieces(): Generator<Buffer> {
    const head = Buffer.from(`${this.magic}${this.key}\n`, 'latin1').subarray(0, this.bytes);
    if (head.length > 0) yield head;
    const block = noiseBlock();
    const rng = new Rng(this.key);
    for (let left = this.bytes - head.length; left > 0;) {
      const start = rng.int(0, NOISE_BYTES - PIECE_BYTES);
      const piece = block.subarray(start, start + Math.min(left, PIECE_BYTES));
      left -= piece.length;
      yield piece;
    }
  }
}

/** Bytes as a client sent them, or as another part of the simulator made them. */
export class GivenBytes implements AttachmentBytes {
  readonly key: string;

  constructor(private readonly content: Buffer) {
    this.key = sha256Of([content]);
  }

  get bytes(): number {
    return this.content.length;
  }

  pieces(): Iterable<Buffer> {
    return [this.content];
  }
}

/** Hexadecimal SHA-256 of octets that come in pieces. */
export function sha256Of(pieces: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
