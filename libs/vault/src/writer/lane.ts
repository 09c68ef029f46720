import type {
  EngineChannel,
  FinishedStream,
  Section,
  SettledBatch,
  StreamForm,
  TakenChunks,
} from '../engine/messages.js';
import { copyShared } from '../octets.js';
import type { FinishedPack } from '../packs/pack-builder.js';

/**
 * Input that goes to an engine at once, in bytes: a hand-over there and back costs about 0.2 ms of CPU, and a chunk that lies in two
 * batches is copied.
 */
const BATCH_BYTES = 1024 * 1024;
/** An engine that has so much to do, in bytes, is not given a new stream while another has less. */
const BUSY_BYTES = 512 * 1024;
/** Batches of one engine that may be filled, cut, looked up and sealed at the same time. */
const BATCHES = 3;
/**
 * Milliseconds that contents which ended wait for others to go with them, counted from the batch before: a batch costs the
 * engine and the index about the same for one content as for twenty.
 */
const LINGER_MS = 2;

const CONTENTS: ReadonlySet<StreamForm> = new Set<StreamForm>(['bytes', 'mime']);

/** What an open stream counts for, in bytes. */
const STREAM_LOAD_BYTES = 256 * 1024;

/** What a lane needs of its writer. */
export interface LaneOwner {
  /** 1 for each chunk that has to be stored. */
  decide(taken: TakenChunks): Promise<Uint8Array>;
  /** Resolves when another pack may be made. */
  room(): Promise<void>;
  accept(packs: readonly FinishedPack[], channel: EngineChannel): void;
  /** A stream has ended, one way or the other, and all its chunks are settled. */
  closed(stream: number): void;
  fail(cause: unknown): void;
  /** Throws when the writer has failed. */
  check(): void;
}

/** Who waits for a stream. */
export interface Waiting {
  resolve(stream: FinishedStream): void;
  reject(cause: unknown): void;
}

interface Filling {
  readonly bytes: Uint8Array;
  readonly sections: Section[];
  used: number;
  /** Somebody waits for it: for a content, which may wait for others, or for a chunk of a tree that others build on. */
  wanted: 'no' | 'soon' | 'now';
}

/** Fills batches with the bytes of many streams, brings them to one engine and back, in order. */
export class Lane {
  readonly #channel: EngineChannel;
  readonly #owner: LaneOwner;
  readonly #waiting = new Map<number, Waiting>();
  readonly #spare: Uint8Array[] = [];
  #made = 0;
  #waiters: (() => void)[] = [];
  #filling: Filling | undefined;
  #openBytes = 0;
  #openStreams = 0;
  #sentAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #underWay = 0;
  #number = 0;
  /** Resolves when all batches that were sent are settled. */
  #tail: Promise<void> = Promise.resolve();

  constructor(channel: EngineChannel, owner: LaneOwner) {
    this.#channel = channel;
    this.#owner = owner;
  }

  /** How much waits or is to be expected here, in bytes: what a new stream chooses its lane by. */
  get load(): number {
    return this.#underWay * BATCH_BYTES + (this.#filling?.used ?? 0) + this.#openStreams * STREAM_LOAD_BYTES;
  }

  /** Whether a new stream is better sent to another lane: below that, sharing a pack is worth more than sharing the work. */
  get isBusy(): boolean {
    return this.load >= BUSY_BYTES;
  }

  /** Counts a stream that is going to be written here; every one has to be ended or abandoned. */
  openStream(): void {
    this.#openStreams++;
  }

  /** Sealed bytes in the engine's open packs. */
  get openBytes(): number {
    return this.#openBytes;
  }

  /** Adds bytes of a stream. Copies as many as there is room for at once; the answer, if any, resolves when all are copied. */
  write(stream: number, form: StreamForm, bytes: Uint8Array): Promise<void> | undefined {
    let at = 0;
    for (let batch = this.#batch(); batch && at < bytes.byteLength; batch = this.#batch())
      at += this.#copy(batch, stream, form, at === 0 ? bytes : bytes.subarray(at));
    return at === bytes.byteLength ? undefined : this.#writeLater(stream, form, bytes.subarray(at));
  }

  /** Waits for room, while the engine is behind. */
  async #writeLater(stream: number, form: StreamForm, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const rest = bytes.subarray(at);
      at += await this.#fill((batch) => this.#copy(batch, stream, form, rest));
    }
  }

  /** Ends a stream; `waiting` is told when its chunks are sealed or found to be known. */
  async end(stream: number, form: StreamForm, waiting: Waiting): Promise<void> {
    await this.#fill((batch) => {
      this.#waiting.set(stream, waiting);
      this.#close(batch, stream, form, 'end');
    });
  }

  /** Gives up a stream of which something was written. */
  async abandon(stream: number, form: StreamForm): Promise<void> {
    await this.#fill((batch) => this.#close(batch, stream, form, 'abandon'));
  }

  /** Resolves when everything written before the call is sealed. */
  async drain(): Promise<void> {
    this.#send();
    await this.#tail;
  }

  /** Finishes the engine's open packs and hands them to the owner. */
  async finishPacks(): Promise<void> {
    const packs = await this.#channel.finishPacks();
    this.#openBytes = 0;
    this.#owner.accept(packs, this.#channel);
  }

  read(...args: Parameters<EngineChannel['read']>): ReturnType<EngineChannel['read']> {
    return this.#channel.read(...args);
  }

  close(): void {
    this.#unschedule();
    this.#channel.close();
  }

  /** Tells everybody who waits that the writer has failed. */
  fail(cause: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(cause);
    this.#waiting.clear();
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Has `use` add to the batch at hand, waiting for one while all are under way. */
  async #fill<Result>(use: (batch: Filling) => Result): Promise<Result> {
    for (;;) {
      const batch = this.#batch();
      // In the same turn: whoever else waits might send the batch in the next.
      if (batch) return use(batch);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The batch at hand; undefined while all are under way. */
  #batch(): Filling | undefined {
    this.#owner.check();
    return (this.#filling ??= this.#startBatch());
  }

  #startBatch(): Filling | undefined {
    const bytes = this.#spare.pop() ?? this.#make();
    return bytes && { bytes, sections: [], used: 0, wanted: 'no' };
  }

  /** Copies what fits and tells how much that was. */
  #copy(batch: Filling, stream: number, form: StreamForm, bytes: Uint8Array): number {
    const from = batch.used;
    const count = Math.min(bytes.byteLength, batch.bytes.byteLength - from);
    copyShared(bytes.subarray(0, count), batch.bytes, from);
    batch.sections.push({ stream, form, from, to: from + count, then: 'more' });
    batch.used += count;
    if (batch.used === batch.bytes.byteLength) this.#send();
    return count;
  }

  #make(): Uint8Array | undefined {
    if (this.#made === BATCHES) return undefined;
    this.#made++;
    return this.#channel.newInput(BATCH_BYTES);
  }

  #close(batch: Filling, stream: number, form: StreamForm, then: 'end' | 'abandon'): void {
    this.#openStreams--;
    const last = batch.sections.at(-1);
    if (last?.stream === stream) batch.sections[batch.sections.length - 1] = { ...last, then };
    else batch.sections.push({ stream, form, from: batch.used, to: batch.used, then });
    if (batch.wanted !== 'now') batch.wanted = CONTENTS.has(form) ? 'soon' : 'now';
    this.#schedule(batch.wanted);
  }

  /**
   * A busy engine gets its next batch when it has room, with what came meanwhile. An idle one gets it when this turn of the loop
   * is over, but contents not sooner than they may.
   */
  #schedule(wanted: Filling['wanted']): void {
    if (wanted === 'no' || this.#underWay > 0) return;
    const rest = wanted === 'now' ? 0 : this.#sentAt + LINGER_MS - performance.now();
    if (rest > 0) this.#timer ??= setTimeout(() => this.#send(), rest);
    else this.#immediate ??= setImmediate(() => this.#send());
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
  }

  #send(): void {
    this.#unschedule();
    const batch = this.#filling;
    if (!batch || batch.sections.length === 0) return;
    this.#filling = undefined;
    this.#underWay++;
    this.#sentAt = performance.now();
    const cut = this.#cut(batch);
    this.#tail = this.#tail.then(() => this.#settle(cut, batch));
  }

  /** Which chunks of the batch are missing; undefined when the writer failed. */
  async #cut(batch: Filling): Promise<Uint8Array | undefined> {
    try {
      const number = this.#number++;
      return await this.#owner.decide(
        await this.#channel.take({ number, bytes: batch.bytes, sections: batch.sections }),
      );
    } catch (cause) {
      this.#owner.fail(cause);
      return undefined;
    }
  }

  async #settle(cut: Promise<Uint8Array | undefined>, { bytes, sections }: Filling): Promise<void> {
    const isMissing = await cut;
    try {
      await this.#owner.room();
      if (isMissing) {
        this.#finish(await this.#channel.settle(isMissing));
        this.#spare.push(bytes);
      }
    } catch (cause) {
      this.#owner.fail(cause);
    }
    for (const { stream, then } of sections) if (then !== 'more') this.#owner.closed(stream);
    this.#underWay--;
    this.#wake();
    this.#schedule(this.#filling?.wanted ?? 'no');
  }

  #finish(settled: SettledBatch): void {
    this.#openBytes = settled.openBytes;
    for (const stream of settled.streams) {
      this.#waiting.get(stream.stream)?.resolve(stream);
      this.#waiting.delete(stream.stream);
    }
    this.#owner.accept(settled.packs, this.#channel);
  }
}
