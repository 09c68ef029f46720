import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that can be had from any offset, the same ones each time. */
export interface ByteSource {
  /** Names the bytes: equal keys give equal bytes. */
  readonly key: string;
  readonly size: number;
  /** Exactly `length` bytes from `from`, both within `size`. */
  read(from: number, length: number): Uint8Array;
}

const AES_BLOCK = 16;

/** Incompressible bytes under a key: AES-128 in counter mode over zeros, so that any offset costs the same. */
export class NoiseSource implements ByteSource {
  readonly key: string;
  readonly #secret: Buffer;

  constructor(
    name: string,
    readonly size: number,
  ) {
    this.key = `noise:${name}:${size}`;
    this.#secret = createHash('sha256').update(name).digest().subarray(0, 16);
  }

  read(from: number, length: number): Uint8Array {
    const counter = Buffer.alloc(AES_BLOCK);
    counter.writeBigUInt64BE(BigInt(Math.floor(from / AES_BLOCK)), 8);
    const skip = from % AES_BLOCK;
    const stream = createCipheriv('aes-128-ctr', this.#secret, counter).update(Buffer.alloc(skip + length));
    return skip === 0 ? stream : stream.subarray(skip);
  }
}

/** Bytes that came from outside, kept as they are. */
export class LiteralSource implements ByteSource {
  readonly key: string;
  readonly size: number;

  constructor(readonly bytes: Uint8Array) {
    this.size = bytes.length;
    this.key = `literal:${createHash('sha256').update(bytes).digest('hex')}`;
  }

  read(from: number, length: number): Uint8Array {
    return this.bytes.subarray(from, from + length);
  }
}

/** A document that is made whole when it is asked for; `build` has to give the same bytes each time. */
export class BuiltSource implements ByteSource {
  constructor(
    readonly key: string,
    private readonly built: (key: string) => Uint8Array,
  ) {}

  get size(): number {
    return this.built(this.key).length;
  }

  read(from: number, length: number): Uint8Array {
    return this.built(this.key).subarray(from, from + length);
  }
}
