import type { ChunkId, PackId, PackName } from '@holdfast/kernel';
import type { Branch, ChunkPlace } from '@holdfast/vault';

const ID_WORDS = 8;
/** The id, and then pack, offset, sealed bytes, plain bytes and birth counter. */
const WORDS = ID_WORDS + 5;
const FIRST_ROWS = 1024;
/** Slots a row, so that a look-up meets a few others at most. */
const SLOTS = 2;

/** What the chunks of a pack have in common. */
interface Pack {
  readonly pack: PackName;
  readonly branch: Branch;
  readonly birthPackId: PackId;
}

/**
 * Where chunks lie, in 60 to 120 bytes each. As objects in a map they were a part of the memory that is measured, and of no product's.
 * What is added is never taken out.
 */
export class PlaceTable {
  readonly #packs: Pack[] = [];
  readonly #id = Buffer.alloc(ID_WORDS * 4);
  readonly #idWords = new Uint32Array(this.#id.buffer, this.#id.byteOffset, ID_WORDS);
  #rows = new Uint32Array(FIRST_ROWS * WORDS);
  /** Numbers of rows, from 1; 0 is an empty slot. */
  #slots = new Uint32Array(FIRST_ROWS * SLOTS);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** Adds a place, or puts it in the place of an older one of that chunk. */
  set({ chunkId, pack, branch, birthPackId, offset, sealedBytes, plainBytes, birthCounter }: ChunkPlace): void {
    if ((this.#count + 1) * WORDS > this.#rows.length) this.#grow();
    const slot = this.#slotOf(chunkId);
    const row = this.#slots[slot] || ++this.#count;
    this.#slots[slot] = row;
    const number = this.#numberOf({ pack, branch, birthPackId });
    const at = (row - 1) * WORDS;
    this.#rows.set(this.#idWords, at);
    this.#rows.set([number, offset, sealedBytes, plainBytes, birthCounter], at + ID_WORDS);
  }

  has(chunkId: ChunkId): boolean {
    return this.#slots[this.#slotOf(chunkId)] !== 0;
  }

  get(chunkId: ChunkId): ChunkPlace | undefined {
    const row = this.#slots[this.#slotOf(chunkId)] ?? 0;
    if (row === 0) return undefined;
    const at = (row - 1) * WORDS + ID_WORDS;
    const [number = 0, offset = 0, sealedBytes = 0, plainBytes = 0, birthCounter = 0] = this.#rows.subarray(at, at + 5);
    const pack = this.#packs[number];
    return pack && { chunkId, ...pack, offset, sealedBytes, plainBytes, birthCounter };
  }

  /** Where the chunk is, or where it belongs; its words are at hand afterwards. */
  #slotOf(chunkId: ChunkId): number {
    this.#id.write(chunkId, 'hex');
    return this.#freeSlot(this.#idWords);
  }

  #freeSlot(id: Uint32Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = (id[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot] ?? 0;
      if (row === 0 || this.#isAt(row, id)) return slot;
    }
  }

  #isAt(row: number, id: Uint32Array): boolean {
    const at = (row - 1) * WORDS;
    for (let word = 0; word < ID_WORDS; word++) if (this.#rows[at + word] !== id[word]) return false;
    return true;
  }

  /** Chunks come pack by pack. */
  #numberOf(pack: Pack): number {
    const last = this.#packs.at(-1);
    const isLast = last?.pack === pack.pack && last.birthPackId === pack.birthPackId && last.branch === pack.branch;
    return isLast ? this.#packs.length - 1 : this.#packs.push(pack) - 1;
  }

  #grow(): void {
    this.#rows = new Uint32Array(this.#rows.buffer.transfer(this.#rows.byteLength * 2));
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let row = 1; row <= this.#count; row++) {
      const at = (row - 1) * WORDS;
      this.#slots[this.#freeSlot(this.#rows.subarray(at, at + ID_WORDS))] = row;
    }
  }
}
