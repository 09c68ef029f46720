import { AppError, type ChunkId, type RandomBytes } from '@holdfast/kernel';
import { chunkIdBytes, CHUNK_ID_BYTES } from '../chunks/chunk-id.js';
import { type ChunkParameters, checkChunkParameters, DEFAULT_CHUNK_PARAMETERS } from '../chunks/chunk-parameters.js';
import type { CompressionLevel } from '../chunks/compression.js';
import { inlineHost } from '../engine/inline-host.js';
import type { EngineChannel, EngineHost, TakenChunks } from '../engine/messages.js';
import type { VaultKeys } from '../keys/vault-keys.js';
import { ChunkOpener, openerKeys } from '../packs/chunk-opener.js';
import type { FinishedPack } from '../packs/pack-builder.js';
import { DEFAULT_PACK_BYTES, MAX_PACK_BYTES } from '../packs/pack-layout.js';
import { decodeTrailerEntries } from '../packs/trailer.js';
import type { Branch, PackSink, SealedPack } from '../ports.js';
import { KnownChunks } from './known-chunks.js';
import { Lane } from './lane.js';
import { PackUploader } from './pack-uploader.js';
import type { Holder, SealedMemory } from '../engine/sealed-memory.js';
import type { TaskWriter, TaskWriterOwner } from './task-writer.js';

/** What a vault is written with. */
export interface WriterOptions {
  readonly keys: VaultKeys;
  readonly sink: PackSink;
  readonly random: RandomBytes;
  /** From the vault's header. */
  readonly chunks?: ChunkParameters;
  readonly level?: CompressionLevel;
  /** Bytes that no pack passes, at most 64 MiB. */
  readonly packBytes?: number;
  /** Where the work is done: `inlineHost`, or the process's worker threads. */
  readonly engines?: EngineHost;
  /** Packs that are sent at the same time. */
  readonly puts?: number;
  /** Memory for the ids of chunks that were met last, in bytes. */
  readonly recentBytes?: number;
}

const PUTS = 3;
const RECENT_BYTES = 8 * 1024 * 1024;

/**
 * The open packs of one vault in one process, which all its tasks fill together. When the sink refuses a pack, they fail
 * for good: every later call throws what the sink threw, so that nobody commits what was not stored.
 */
export class OpenPacks implements TaskWriterOwner, Holder {
  readonly #lanes: readonly Lane[];
  readonly #known: KnownChunks;
  readonly #uploader: PackUploader;
  readonly #memory: SealedMemory;
  readonly #openers: Record<Branch, ChunkOpener>;
  /** Chunks that were put one by one and are not acknowledged: a tree may ask for them again. */
  readonly #unflushed = new Map<ChunkId, Lane>();
  readonly #writers = new Map<number, TaskWriter>();
  #streams = 0;
  #failure: { readonly cause: unknown } | undefined;
  #isRelieving = false;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;

  constructor(options: WriterOptions) {
    const { keys, chunks = DEFAULT_CHUNK_PARAMETERS, packBytes = DEFAULT_PACK_BYTES, engines = inlineHost } = options;
    checkOptions(chunks, packBytes);
    this.#known = new KnownChunks(options.recentBytes ?? RECENT_BYTES);
    this.#uploader = new PackUploader(options.sink, options.puts ?? PUTS, (cause) => this.#fail(cause));
    this.#memory = engines.memory;
    this.#openers = {
      data: new ChunkOpener(openerKeys(keys, 'data')),
      meta: new ChunkOpener(openerKeys(keys, 'meta')),
    };
    const settings = { keys, chunks, level: options.level ?? 'auto', packBytes };
    const laneOwner = {
      decide: (taken: TakenChunks) => this.#decide(taken),
      room: () => this.#memory.room(),
      accept: (packs: readonly FinishedPack[], channel: EngineChannel) => this.#accept(packs, channel),
      closed: (stream: number) => this.#writers.delete(stream),
      fail: (cause: unknown) => this.#fail(cause),
      check: () => this.check(),
    };
    const channels = engines.open(settings, options.random);
    this.#lanes = channels.map((channel) => new Lane(channel, laneOwner));
    this.#memory.join(this);
  }

  /** Lets go of the engines. What was not flushed is lost, as in a crash. */
  close(): void {
    this.#fail(
      new AppError('STOPPED', 'The vault’s writer was closed; what it had not stored is read again by the next run.'),
    );
    for (const lane of this.#lanes) lane.close();
    this.#memory.leave(this);
  }

  get openBytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.openBytes, 0);
  }

  get unsentBytes(): number {
    return this.#uploader.unsentBytes;
  }

  /** Sends the open packs before they are full. */
  relieve(): void {
    if (this.#isRelieving) return;
    this.#isRelieving = true;
    Promise.all(this.#lanes.map((lane) => lane.finishPacks()))
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => (this.#isRelieving = false));
  }

  openStream(writer: TaskWriter): { readonly stream: number; readonly lane: Lane } {
    const [first, ...others] = this.#lanes;
    if (!first) throw new AppError('INTERNAL', 'The writer was given no engine.');
    const lane = first.isBusy ? others.reduce((best, other) => (other.load < best.load ? other : best), first) : first;
    lane.openStream();
    const stream = this.#streams++;
    this.#writers.set(stream, writer);
    return { stream, lane };
  }

  /** 1 for each chunk that has to be stored. A task whose look-up fails loses its chunks; the others go on. */
  async #decide({ ids, streams }: TakenChunks): Promise<Uint8Array> {
    const isMissing = new Uint8Array(ids.byteLength / CHUNK_ID_BYTES);
    const byWriter = Map.groupBy(isMissing.keys(), (index) => this.#writers.get(streams[index] ?? -1));
    const decisions = [...byWriter].map(async ([writer, indexes]) => {
      if (!writer) return;
      await this.#known.decide(writer, ids, indexes, isMissing).catch((cause: unknown) => writer.fail(cause));
    });
    await Promise.all(decisions);
    return isMissing;
  }

  async flush(writer: TaskWriter): Promise<void> {
    const underWay = this.#known.underWay(writer);
    await this.#flush();
    const lost = underWay.filter((id) => !this.#known.isPacked(id));
    if (lost.length === 0) return;
    throw new AppError('INTERNAL', 'Chunks that were to be stored lie in no pack. They are read again.', {
      context: { chunks: lost.length, chunkId: lost[0] ?? '' },
    });
  }

  /** Calls that come while a flush is under way share the next one. */
  #flush(): Promise<void> {
    const start = (): Promise<void> => this.#startFlush();
    this.#nextFlush ??= (this.#flushing ?? Promise.resolve()).then(start, start);
    return this.#nextFlush;
  }

  async #startFlush(): Promise<void> {
    this.#flushing = this.#nextFlush;
    this.#nextFlush = undefined;
    await Promise.all(this.#lanes.map((lane) => lane.drain()));
    this.check();
    await Promise.all(this.#lanes.map((lane) => lane.finishPacks()));
    await this.#uploader.settled();
    this.check();
  }

  async readUnflushed(branch: Branch, id: ChunkId): Promise<Uint8Array | undefined> {
    const plain = await this.#unflushed.get(id)?.read(branch, chunkIdBytes(id));
    if (plain) return plain;
    const found = this.#uploader.find(id);
    if (!found) return undefined;
    const { pack, entry } = found;
    return this.#openers[branch].open(entry, pack.bytes.subarray(entry.offset, entry.offset + entry.sealedBytes));
  }

  wasPut(id: ChunkId, lane: Lane): void {
    this.#unflushed.set(id, lane);
  }

  forgetKnown(): void {
    this.#known.forget();
  }

  #accept(packs: readonly FinishedPack[], channel: EngineChannel): void {
    for (const finished of packs) {
      const { name, branch, bytes, trailer } = finished;
      this.#known.packed(finished);
      const pack: SealedPack = { name, branch, bytes, entries: decodeTrailerEntries(trailer) };
      this.#uploader.send(pack, () => {
        for (const { chunkId } of pack.entries) this.#unflushed.delete(chunkId);
        channel.giveBack(bytes);
        this.#memory.changed();
      });
    }
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  check(): void {
    if (this.#failure) throw this.#failure.cause;
  }

  #fail(cause: unknown): void {
    if (this.#failure) return;
    this.#failure = { cause };
    for (const lane of this.#lanes) lane.fail(cause);
  }
}

function checkOptions(chunks: ChunkParameters, packBytes: number): void {
  const isPackSound = packBytes >= 4096 && packBytes <= MAX_PACK_BYTES;
  const problem = checkChunkParameters(chunks) ?? (isPackSound ? undefined : 'packs have 4 KiB to 64 MiB');
  if (problem)
    throw new AppError('INVALID_ARGUMENT', `The vault cannot be written: ${problem}.`, { context: { rule: problem } });
}
