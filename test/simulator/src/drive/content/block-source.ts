import { type ByteSource, NoiseSource } from './byte-source.js';
import { QUICK_XOR_PERIOD, QuickXorHash } from './quick-xor-hash.js';

/** A whole number of the hash's periods, so that a block's share in the hash does not depend on its place. About 1 MiB. */
export const BLOCK_BYTES = QUICK_XOR_PERIOD * 596;

const BLOCK_KINDS = 16;
const STAMP_BYTES = 16;

/**
 * Content of any size whose quickXorHash costs next to nothing: blocks of sixteen kinds, stamped with their number, so that no two that
 * are stamped are equal. Made for files of many gigabytes, whose hash Microsoft's answers have to bear like any other's.
 */
export class BlockSource implements ByteSource {
  readonly key: string;
  readonly #kinds: Uint8Array[] = [];
  readonly #name: string;

  constructor(
    name: string,
    readonly size: number,
    /** Blocks from one stamp to the next: above 1 most of the content repeats itself. */
    private readonly stampEvery = 1,
  ) {
    this.#name = name;
    this.key = `blocks:${name}:${size}:${stampEvery}`;
  }

  read(from: number, length: number): Uint8Array {
    const out = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const number = Math.floor((from + done) / BLOCK_BYTES);
      const at = (from + done) % BLOCK_BYTES;
      const take = Math.min(length - done, BLOCK_BYTES - at);
      out.set(this.#kind(number).subarray(at, at + take), done);
      if (at < STAMP_BYTES && number % this.stampEvery === 0)
        out.set(stamp(number).subarray(at, Math.min(STAMP_BYTES, at + take)), done);
      done += take;
    }
    return out;
  }

  quickXorHash(): string {
    const hash = new QuickXorHash();
    const whole = Math.floor(this.size / BLOCK_BYTES);
    const total = new Uint8Array(QUICK_XOR_PERIOD);
    const folds = Array.from({ length: BLOCK_KINDS }, (_, kind) => this.#foldsOf(kind));
    for (let number = 0; number < whole; number++) {
      const fold = folds[number % BLOCK_KINDS];
      const isStamped = number % this.stampEvery === 0;
      if (fold) xorInto(total, isStamped ? fold.unstamped : fold.plain);
      if (isStamped) xorInto(total, stamp(number));
    }
    hash.addFolded(total, whole * BLOCK_BYTES);
    return hash.update(this.read(whole * BLOCK_BYTES, this.size - whole * BLOCK_BYTES)).digest();
  }

  /** A kind's share in the hash, as it is and with room for a stamp. */
  #foldsOf(kind: number): { readonly plain: Uint8Array; readonly unstamped: Uint8Array } {
    const bytes = Uint8Array.from(this.#kind(kind));
    const plain = new QuickXorHash().update(bytes).fold();
    bytes.fill(0, 0, STAMP_BYTES);
    return { plain, unstamped: new QuickXorHash().update(bytes).fold() };
  }

  #kind(number: number): Uint8Array {
    const kind = number % BLOCK_KINDS;
    return (this.#kinds[kind] ??= new NoiseSource(`${this.#name}:${kind}`, BLOCK_BYTES).read(0, BLOCK_BYTES));
  }
}

function stamp(number: number): Uint8Array {
  const bytes = Buffer.alloc(STAMP_BYTES, 'HFBLOCK:');
  bytes.writeBigUInt64BE(BigInt(number), 8);
  return bytes;
}

function xorInto(target: Uint8Array, value: Uint8Array): void {
  for (let i = 0; i < value.length; i++) target[i] = (target[i] ?? 0) ^ (value[i] ?? 0);
}
