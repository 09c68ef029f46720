import type { ChunkId } from '@holdfast/kernel';
import { SEVERAL, type SoleNeeders, soleNeeders } from '../domain/sole-needers.js';
import type { IndexedChunk } from './condemned-packs.port.js';
import type { SnapshotNeeds } from './snapshot-needs.port.js';
import type { SnapshotShare } from './snapshot-shares.port.js';

/** What each snapshot of a marking alone needs. Keeps some 24 bytes of each snapshot in memory, and of chunks what one part of them takes. */
export class SnapshotBook {
  readonly #storedNos: number[] = [];
  readonly #isFollowed: boolean[] = [];

  constructor(private readonly needs: SnapshotNeeds) {}

  /** From here on the marking tells of this snapshot; `follows`: in its chain, the one before. */
  turnTo(storedNo: number, follows: boolean): void {
    if (follows) this.#isFollowed[this.#storedNos.length - 1] = true;
    this.#storedNos.push(storedNo);
    this.#isFollowed.push(false);
  }

  need(chunk: ChunkId): void {
    this.needs.add(chunk, this.#storedNos.length - 1);
  }

  /** The snapshot before has it where this one does not. */
  drop(chunk: ChunkId): void {
    this.needs.drop(chunk, this.#storedNos.length - 2);
  }

  /** `chunks` of the index in the order of their ids; those that `counts` says no to are passed over. */
  async shares(
    chunks: AsyncIterable<readonly IndexedChunk[]>,
    counts: (chunk: IndexedChunk) => boolean,
  ): Promise<readonly SnapshotShare[]> {
    const bytes = new Float64Array(this.#storedNos.length);
    const needers = new SortedNeeders(this.#needers());
    for await (const page of chunks)
      for (const chunk of page) {
        if (!counts(chunk)) continue;
        const snapshot = await needers.of(chunk.head);
        if (snapshot !== SEVERAL) bytes[snapshot] = (bytes[snapshot] ?? 0) + chunk.sealedBytes;
      }
    return this.#storedNos.map((storedNo, at) => ({ storedNo, bytes: bytes[at] ?? 0 }));
  }

  async *#needers(): AsyncGenerator<SoleNeeders, void, undefined> {
    for await (const part of this.needs.parts()) yield soleNeeders(part, (at) => this.#isFollowed[at] === true);
  }
}

/** Asked of ascending ids, reads each part once. */
class SortedNeeders {
  #part: SoleNeeders | undefined;
  #at = 0;

  constructor(private readonly parts: AsyncGenerator<SoleNeeders, void, undefined>) {}

  /** {@link SEVERAL} for a chunk that no snapshot needs, too. */
  async of(head: bigint): Promise<number> {
    for (;;) {
      const { heads, sole } = this.#part ?? NOTHING;
      while (this.#at < heads.length && (heads[this.#at] ?? 0n) < head) this.#at += 1;
      if (this.#at < heads.length) return heads[this.#at] === head ? (sole[this.#at] ?? SEVERAL) : SEVERAL;
      const { value } = await this.parts.next();
      if (!value) return SEVERAL;
      this.#part = value;
      this.#at = 0;
    }
  }
}

const NOTHING: SoleNeeders = { heads: new BigUint64Array(), sole: new Int32Array() };
