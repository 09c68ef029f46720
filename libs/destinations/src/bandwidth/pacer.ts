import { type Clock } from '@holdfast/kernel';

/** What may pass at once: longer pieces are cut, so that no stream is silent for long. */
const SLICE_BYTES = 64 * 1024;
/** What was not used for so long is lost. */
const BURST_MS = 250;
/** Limits change by the clock, and shares by what others do: nobody waits longer before asking again. */
const LOOK_AGAIN_MS = 1_000;

/** Bytes a second that this process may pass now: undefined for as many as go, 0 for none yet. */
export type Allowance = () => number | undefined;

/**
 * Lets bytes pass no faster than allowed, in the order in which they came, however many streams there are. Who waits holds one piece and asks
 * for no more, so a slow destination slows its sources and fills no memory.
 */
export class Pacer {
  #turn: Promise<void> = Promise.resolve();
  /** Bytes that may pass at once; below zero what passed in advance. */
  #ready = 0;
  #filledAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly allowance: Allowance,
  ) {
    this.#filledAt = clock.now();
  }

  /** The same bytes, as fast as they may pass. */
  async *paced(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of body)
      for (let at = 0; at < piece.byteLength; at += SLICE_BYTES) {
        const slice = piece.subarray(at, at + SLICE_BYTES);
        await this.#pass(slice.byteLength);
        yield slice;
      }
  }

  #pass(bytes: number): Promise<void> {
    this.#turn = this.#turn.then(() => this.#wait(bytes));
    return this.#turn;
  }

  async #wait(bytes: number): Promise<void> {
    for (;;) {
      const allowed = this.allowance();
      this.#fill(allowed);
      if (allowed === undefined) return;
      if (this.#ready > 0) break;
      const missingMs = allowed === 0 ? LOOK_AGAIN_MS : ((1 - this.#ready) / allowed) * 1_000;
      await this.clock.sleep(Math.max(1, Math.min(Math.ceil(missingMs), LOOK_AGAIN_MS)));
    }
    this.#ready -= bytes;
  }

  #fill(allowed: number | undefined): void {
    const now = this.clock.now();
    // A clock that was set back says nothing of how long it was.
    const since = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#ready =
      allowed === undefined ? 0 : Math.min(this.#ready + allowed * (since / 1_000), allowed * (BURST_MS / 1_000));
  }
}
