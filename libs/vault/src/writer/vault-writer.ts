import { AppError, type ChunkId, type RandomBytes } from '@holdfast/kernel';
import {
  MAX_CHUNK_BYTES,
  type ChunkParameters,
  DEFAULT_CHUNK_PARAMETERS,
  checkChunkParameters,
} from '../chunks/chunk-parameters.js';
import { CHUNK_ID_BYTES, chunkIdBytes, chunkIdOf } from '../chunks/chunk-id.js';
import type { CompressionLevel } from '../chunks/compression.js';
import { inlineHost } from '../engine/inline-host.js';
import type { EngineChannel, EngineHost, FinishedStream, StreamForm, WriteStats } from '../engine/messages.js';
import type { ContentRef } from '../item-record.js';
import type { VaultKeys } from '../keys/vault-keys.js';
import { ChunkOpener } from '../packs/chunk-opener.js';
import type { FinishedPack } from '../packs/pack-builder.js';
import { DEFAULT_PACK_BYTES, MAX_PACK_BYTES } from '../packs/pack-layout.js';
import { decodeTrailerEntries } from '../packs/trailer.js';
import type { Branch, ChunkLookup, PackSink, SealedPack } from '../ports.js';
import { KnownChunks } from './known-chunks.js';
import { Lane } from './lane.js';
import { PackUploader } from './pack-uploader.js';

/** What a writer is made from. */
export interface VaultWriterOptions {
  readonly keys: VaultKeys;
  readonly lookup: ChunkLookup;
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
  /** Bytes of sealed packs that may wait for the sink before writing has to wait. */
  readonly unsentBytes?: number;
  /** Memory for the ids of chunks that were asked for last, in bytes. */
  readonly recentBytes?: number;
}

/** A stored content and what storing it took. */
export interface StoredContent {
  readonly ref: ContentRef;
  readonly stats: WriteStats;
}

const PUTS = 3;
const UNSENT_BYTES = 64 * 1024 * 1024;
const RECENT_BYTES = 8 * 1024 * 1024;

/**
 * Writes into one vault, for all tasks of a process. Whatever a port refuses makes the writer fail for good: every later
 * call throws the same failure, so that nobody commits what was not stored. Make another one and go on from the checkpoint.
 */
export class VaultWriter {
  readonly #lanes: readonly Lane[];
  readonly #known: KnownChunks;
  readonly #uploader: PackUploader;
  readonly #openers: Record<Branch, ChunkOpener>;
  readonly #unflushed = new Set<ChunkId>();
  #streams = 0;
  #failure: { readonly cause: unknown } | undefined;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;

  constructor(options: VaultWriterOptions) {
    const { keys, chunks = DEFAULT_CHUNK_PARAMETERS, packBytes = DEFAULT_PACK_BYTES } = options;
    const problem =
      checkChunkParameters(chunks) ??
      (packBytes > MAX_PACK_BYTES || packBytes < 4096 ? 'packs have 4 KiB to 64 MiB' : undefined);
    if (problem)
      throw new AppError('INVALID_ARGUMENT', `The vault cannot be written: ${problem}.`, {
        context: { rule: problem },
      });
    const limits = { concurrency: options.puts ?? PUTS, maxBytes: options.unsentBytes ?? UNSENT_BYTES };
    this.#known = new KnownChunks(options.lookup, options.recentBytes ?? RECENT_BYTES);
    this.#uploader = new PackUploader(options.sink, limits, (cause) => this.#fail(cause));
    this.#openers = { data: new ChunkOpener(keys, 'data'), meta: new ChunkOpener(keys, 'meta') };
    const settings = { keys, chunks, level: options.level ?? 'auto', packBytes };
    const owner = {
      findMissing: (ids: Uint8Array) => this.#known.findMissing(ids),
      room: () => this.#uploader.room(),
      accept: (packs: readonly FinishedPack[], channel: EngineChannel) => this.#accept(packs, channel),
      fail: (cause: unknown) => this.#fail(cause),
      check: () => this.#check(),
    };
    this.#lanes = (options.engines ?? inlineHost)
      .open(settings, options.random)
      .map((channel) => new Lane(channel, owner));
  }

  /** Stores one chunk unless the vault has it. Durable after {@link flush}. */
  async put(branch: Branch, plain: Uint8Array): Promise<ChunkId> {
    if (plain.byteLength > MAX_CHUNK_BYTES)
      throw new AppError('INVALID_ARGUMENT', 'A chunk has at most 8 MiB; longer content goes through writeContent.', {
        context: { bytes: plain.byteLength },
      });
    const { chunks } = await this.#store(branch, [plain], ({ chunks: id, stats }) => {
      if (stats.newChunks > 0) this.#unflushed.add(chunkIdOf(id));
    });
    return chunkIdOf(chunks);
  }

  /** Stores content of any length, cut where its bytes say so. Durable after {@link flush}. */
  writeContent(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredContent> {
    return this.#storeContent('bytes', source);
  }

  /** Stores a MIME message by its parts, so that equal attachments are stored once. Any bytes are rebuilt as they were. */
  writeMail(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredContent> {
    return this.#storeContent('mime', source);
  }

  /**
   * Resolves when every chunk stored before the call is acknowledged by a destination. Calls that come while a flush is
   * under way share the next one.
   */
  flush(): Promise<void> {
    this.#nextFlush ??= (this.#flushing ?? Promise.resolve()).then(
      () => this.#startFlush(),
      () => this.#startFlush(),
    );
    return this.#nextFlush;
  }

  /** A chunk that was {@link put} and is not acknowledged yet; undefined for any other. */
  async readUnflushed(branch: Branch, id: ChunkId): Promise<Uint8Array | undefined> {
    if (!this.#unflushed.has(id)) return undefined;
    const bytes = chunkIdBytes(id);
    for (const lane of this.#lanes) {
      const plain = await lane.read(branch, bytes);
      if (plain) return plain;
    }
    const pack = this.#uploader.find(id);
    const entry = pack?.entries.find(({ chunkId }) => chunkId === id);
    if (!pack || !entry) return undefined;
    return this.#openers[branch].open(entry, pack.bytes.subarray(entry.offset, entry.offset + entry.sealedBytes));
  }

  /** Asks for every chunk anew from here on: after a commit was refused because chunks that were known are gone. */
  forgetKnown(): void {
    this.#known.forget();
  }

  /** Lets go of the engines. What was not flushed is lost, as in a crash. */
  close(): void {
    this.#fail(
      new AppError('STOPPED', 'The vault’s writer was closed; what it had not stored is read again by the next run.'),
    );
    for (const lane of this.#lanes) lane.close();
  }

  async #storeContent(
    form: 'bytes' | 'mime',
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<StoredContent> {
    const { sha256, chunks, depth, stats } = await this.#store(form, source);
    const ids = Array.from({ length: chunks.byteLength / CHUNK_ID_BYTES }, (_, i) =>
      chunkIdOf(chunks.subarray(i * CHUNK_ID_BYTES, (i + 1) * CHUNK_ID_BYTES)),
    );
    return { ref: { bytes: stats.originalBytes, form, sha256, chunks: ids, depth }, stats };
  }

  async #store(
    form: StreamForm,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onFinish?: (stream: FinishedStream) => void,
  ): Promise<FinishedStream> {
    this.#check();
    const stream = this.#streams++;
    const lane = this.#leastLoaded();
    try {
      for await (const bytes of source) await lane.write(stream, form, bytes);
    } catch (cause) {
      if (!this.#failure) await lane.abandon(stream, form);
      throw cause;
    }
    return new Promise<FinishedStream>((resolve, reject) => {
      const finish = (finished: FinishedStream) => {
        onFinish?.(finished);
        resolve(finished);
      };
      lane.end(stream, form, { resolve: finish, reject }).catch(reject);
    });
  }

  #leastLoaded(): Lane {
    const [first, ...others] = this.#lanes;
    if (!first) throw new AppError('INTERNAL', 'The writer was given no engine.');
    return others.reduce((best, lane) => (lane.load < best.load ? lane : best), first);
  }

  async #startFlush(): Promise<void> {
    this.#flushing = this.#nextFlush;
    this.#nextFlush = undefined;
    await Promise.all(this.#lanes.map((lane) => lane.drain()));
    this.#check();
    await Promise.all(this.#lanes.map((lane) => lane.finishPacks()));
    await this.#uploader.settled();
    this.#check();
  }

  #accept(packs: readonly FinishedPack[], channel: EngineChannel): void {
    for (const { name, branch, bytes, trailer } of packs) {
      const pack: SealedPack = { name, branch, bytes, entries: decodeTrailerEntries(trailer) };
      this.#uploader.send(pack, () => {
        for (const { chunkId } of pack.entries) this.#unflushed.delete(chunkId);
        channel.giveBack(bytes);
      });
    }
  }

  #check(): void {
    if (this.#failure) throw this.#failure.cause;
  }

  #fail(cause: unknown): void {
    if (this.#failure) return;
    this.#failure = { cause };
    for (const lane of this.#lanes) lane.fail(cause);
  }
}
