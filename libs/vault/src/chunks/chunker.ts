import { copyShared } from '../octets.js';
import type { ChunkParameters } from './chunk-parameters.js';

/** Where buffers for chunks that straddle two writes come from. */
export interface CarryBuffers {
  /** A buffer of that length, given back by whoever gets the chunk. */
  takeBuffer(bytes: number): Uint8Array;
  returnBuffer(buffer: Uint8Array): void;
}

/** Gets a chunk's bytes. `owned` is the buffer of {@link CarryBuffers} they lie in, if they do not lie in the written bytes. */
export type EmitChunk = (plain: Uint8Array, owned?: Uint8Array) => void;

/** What is carried begins in a buffer of this length and moves to one of four times as many while it grows: most contents are small. */
const FIRST_CARRY_BYTES = 64 * 1024;

/**
 * Cuts one stretch of content into chunks where its bytes say so: FastCDC with normalisation level 2 and a keyed gear
 * table (docs/format/v1.md#chunks). Where chunks end depends on the content alone, not on how it was written.
 */
export class Chunker {
  readonly #gear: Int32Array;
  readonly #parameters: ChunkParameters;
  readonly #strictMask: number;
  readonly #easyMask: number;
  readonly #buffers: CarryBuffers;
  #carry: Uint8Array | undefined;
  #carried = 0;
  /** Bytes of the chunk at hand that were looked at, carried ones included. */
  #seen = 0;
  #fingerprint = 0;

  constructor(gear: Int32Array, parameters: ChunkParameters, buffers: CarryBuffers) {
    this.#gear = gear;
    this.#parameters = parameters;
    this.#buffers = buffers;
    const bits = Math.log2(parameters.avgBytes);
    this.#strictMask = topBits(bits + 2);
    this.#easyMask = topBits(bits - 2);
  }

  /** Takes the next bytes. Chunks that lie wholly inside are handed on as views, without a copy. */
  write(bytes: Uint8Array, emit: EmitChunk): void {
    let start = 0;
    while (start < bytes.byteLength) {
      const end = this.#findEnd(bytes, start);
      if (end < 0) {
        this.#keep(bytes.subarray(start));
        return;
      }
      this.#emit(bytes.subarray(start, end), emit);
      start = end;
    }
  }

  /** Hands on what is left; the next write begins a new stretch of content. */
  end(emit: EmitChunk): void {
    if (this.#carried > 0) this.#emit(new Uint8Array(0), emit);
  }

  /** Gives up the content at hand; returns the buffer that was taken for it, if one was. */
  abandon(): Uint8Array | undefined {
    const carry = this.#carry;
    this.#reset();
    return carry;
  }

  #reset(): void {
    this.#carry = undefined;
    this.#carried = 0;
    this.#seen = 0;
    this.#fingerprint = 0;
  }

  #keep(rest: Uint8Array): void {
    copyShared(rest, this.#carryFor(this.#carried + rest.byteLength), this.#carried);
    this.#carried += rest.byteLength;
  }

  /** With room for that many bytes, those that are carried already in it. */
  #carryFor(bytes: number): Uint8Array {
    const carry = this.#carry;
    if (carry && carry.byteLength >= bytes) return carry;
    let size = FIRST_CARRY_BYTES;
    while (size < bytes) size *= 4;
    const larger = this.#buffers.takeBuffer(Math.min(size, this.#parameters.maxBytes));
    if (carry) {
      larger.set(carry.subarray(0, this.#carried));
      this.#buffers.returnBuffer(carry);
    }
    return (this.#carry = larger);
  }

  #emit(tail: Uint8Array, emit: EmitChunk): void {
    if (this.#carried > 0) this.#keep(tail);
    const carry = this.#carry;
    const plain = carry ? carry.subarray(0, this.#carried) : tail;
    this.#reset();
    emit(plain, carry);
  }

  /** Index in `bytes` just behind the end of the chunk at hand, or -1 when it goes on. */
  #findEnd(bytes: Uint8Array, start: number): number {
    const { minBytes, avgBytes, maxBytes } = this.#parameters;
    const origin = start - this.#seen;
    const last = Math.min(bytes.byteLength, origin + maxBytes);
    let at = Math.min(last, Math.max(start, origin + minBytes));
    let end = this.#scan(bytes, at, Math.min(last, origin + avgBytes), this.#strictMask);
    if (end < 0) {
      at = Math.max(at, Math.min(last, origin + avgBytes));
      end = this.#scan(bytes, at, last, this.#easyMask);
    }
    if (end < 0 && last === origin + maxBytes) end = last;
    if (end < 0) this.#seen = bytes.byteLength - origin;
    return end;
  }

  /** The hot loop: one shift, one table look-up, one add and one test a byte. Unrolled, it runs at about a byte a cycle. */
  #scan(bytes: Uint8Array, from: number, to: number, mask: number): number {
    const gear = this.#gear;
    let fingerprint = this.#fingerprint;
    let i = from;
    for (const unrolledTo = to - 3; i < unrolledTo; i += 4) {
      fingerprint = ((fingerprint << 1) + (gear[bytes[i] as number] as number)) | 0;
      if ((fingerprint & mask) === 0) return i + 1;
      fingerprint = ((fingerprint << 1) + (gear[bytes[i + 1] as number] as number)) | 0;
      if ((fingerprint & mask) === 0) return i + 2;
      fingerprint = ((fingerprint << 1) + (gear[bytes[i + 2] as number] as number)) | 0;
      if ((fingerprint & mask) === 0) return i + 3;
      fingerprint = ((fingerprint << 1) + (gear[bytes[i + 3] as number] as number)) | 0;
      if ((fingerprint & mask) === 0) return i + 4;
    }
    for (; i < to; i++) {
      fingerprint = ((fingerprint << 1) + (gear[bytes[i] as number] as number)) | 0;
      if ((fingerprint & mask) === 0) return i + 1;
    }
    this.#fingerprint = fingerprint;
    return -1;
  }
}

/** The `bits` highest bits of 32: those that the most bytes have a say in. */
function topBits(bits: number): number {
  return -1 << (32 - bits);
}
