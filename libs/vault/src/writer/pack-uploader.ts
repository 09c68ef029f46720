import type { ChunkId } from '@holdfast/kernel';
import type { PackSink, SealedPack, TrailerEntry } from '../ports.js';

interface Sending {
  readonly pack: SealedPack;
  readonly done: () => void;
}

/** Sends sealed packs to the sink, a few at a time. */
export class PackUploader {
  readonly #sink: PackSink;
  readonly #concurrency: number;
  readonly #onFailure: (cause: unknown) => void;
  readonly #queue: Sending[] = [];
  readonly #unsent = new Set<SealedPack>();
  readonly #entries = new WeakMap<SealedPack, ReadonlyMap<ChunkId, TrailerEntry>>();
  #running = 0;
  #bytes = 0;
  #waiters: (() => void)[] = [];

  constructor(sink: PackSink, concurrency: number, onFailure: (cause: unknown) => void) {
    this.#sink = sink;
    this.#concurrency = concurrency;
    this.#onFailure = onFailure;
  }

  /** Queues a pack; `done` is called when it is acknowledged or given up. */
  send(pack: SealedPack, done: () => void): void {
    this.#queue.push({ pack, done });
    this.#unsent.add(pack);
    this.#bytes += pack.bytes.byteLength;
    this.#startNext();
  }

  /** Bytes of packs that are not acknowledged. */
  get unsentBytes(): number {
    return this.#bytes;
  }

  /** Resolves when every pack sent before the call is acknowledged or given up. */
  async settled(): Promise<void> {
    const packs = [...this.#unsent];
    while (packs.some((pack) => this.#unsent.has(pack))) await this.#change();
  }

  /** A pack on its way that holds the chunk, and the chunk's place in it. */
  find(id: ChunkId): { readonly pack: SealedPack; readonly entry: TrailerEntry } | undefined {
    for (const pack of this.#unsent) {
      const entry = this.#entriesOf(pack).get(id);
      if (entry) return { pack, entry };
    }
    return undefined;
  }

  /** By id, made at the first question: most packs are never asked for anything. */
  #entriesOf(pack: SealedPack): ReadonlyMap<ChunkId, TrailerEntry> {
    let entries = this.#entries.get(pack);
    if (!entries) this.#entries.set(pack, (entries = new Map(pack.entries.map((entry) => [entry.chunkId, entry]))));
    return entries;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #startNext(): void {
    while (this.#running < this.#concurrency) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#running++;
      void this.#put(next);
    }
  }

  async #put({ pack, done }: Sending): Promise<void> {
    try {
      await this.#sink.put(pack);
    } catch (cause) {
      this.#onFailure(cause);
    }
    this.#running--;
    this.#bytes -= pack.bytes.byteLength;
    this.#unsent.delete(pack);
    done();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
    this.#startNext();
  }
}
