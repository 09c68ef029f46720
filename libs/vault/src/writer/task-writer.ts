import { AppError, type ChunkId, type PackName } from '@holdfast/kernel';
import { CHUNK_ID_BYTES, chunkIdOf } from '../chunks/chunk-id.js';
import { MAX_CHUNK_BYTES } from '../chunks/chunk-parameters.js';
import type { FinishedStream, StreamForm, WriteStats } from '../engine/messages.js';
import type { ContentRef } from '../item-record.js';
import type { Branch, ChunkLookup } from '../ports.js';
import { KnownAudit } from './known-audit.js';
import type { Asker } from './known-chunks.js';
import type { Lane } from './lane.js';

/** A stored content and what storing it took. */
export interface StoredContent {
  readonly ref: ContentRef;
  readonly stats: WriteStats;
}

/** Bytes that come piece by piece. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What the writers of a vault share. */
export interface TaskWriterOwner {
  readonly hasFailed: boolean;
  /** Throws when all writers of the vault have failed. */
  check(): void;
  /** A new stream of the asker, and the lane that has least to do. */
  openStream(writer: TaskWriter): { readonly stream: number; readonly lane: Lane };
  flush(writer: TaskWriter): Promise<void>;
  readUnflushed(branch: Branch, id: ChunkId): Promise<Uint8Array | undefined>;
  /** The chunk lies in a pack of the lane's engine, and is not acknowledged. */
  wasPut(id: ChunkId, lane: Lane): void;
  forgetKnown(): void;
}

/**
 * Writes into a vault for one task: chunks that the index knows are asked for under the task's own grant, and the packs
 * that its snapshot needs are counted. When a look-up fails, this writer fails for good and others go on.
 */
export class TaskWriter implements Asker {
  readonly packs = new Set<PackName>();
  readonly audit: KnownAudit;
  readonly #owner: TaskWriterOwner;
  #failure: { readonly cause: unknown } | undefined;

  constructor(
    owner: TaskWriterOwner,
    readonly number: number,
    readonly lookup: ChunkLookup,
  ) {
    this.#owner = owner;
    this.audit = new KnownAudit(lookup);
  }

  /** The packs of this process that the task's chunks lie in. Complete after {@link flush}. */
  get newPacks(): ReadonlySet<PackName> {
    return this.packs;
  }

  /** Stores one chunk of at most 8 MiB unless the vault has it. Durable after {@link flush}. */
  async put(branch: Branch, plain: Uint8Array): Promise<ChunkId> {
    if (plain.byteLength > MAX_CHUNK_BYTES)
      throw new AppError('INVALID_ARGUMENT', 'A chunk has at most 8 MiB; longer content goes through writeContent.', {
        context: { bytes: plain.byteLength },
      });
    const { chunks } = await this.#store(branch, [plain], ({ chunks: id, stats }, lane) => {
      if (stats.newChunks > 0) this.#owner.wasPut(chunkIdOf(id), lane);
    });
    return chunkIdOf(chunks);
  }

  /** Stores content of any length, cut where its bytes say so. Durable after {@link flush}. */
  writeContent(source: ByteSource): Promise<StoredContent> {
    return this.#storeContent('bytes', source);
  }

  /** Stores a MIME message by its parts, so that equal attachments are stored once. Any bytes are rebuilt as they were. */
  writeMail(source: ByteSource): Promise<StoredContent> {
    return this.#storeContent('mime', source);
  }

  /**
   * Resolves when every chunk stored before the call is acknowledged by a destination, and every one that was called known is found in
   * the index; INTERNAL where one is neither. Tasks that flush together share packs.
   */
  async flush(): Promise<void> {
    this.check();
    await this.#owner.flush(this);
    this.check();
    await this.audit.settle();
  }

  /** A chunk that was {@link put} and is not acknowledged yet; undefined for any other. */
  readUnflushed(branch: Branch, id: ChunkId): Promise<Uint8Array | undefined> {
    return this.#owner.readUnflushed(branch, id);
  }

  /** Asks for every chunk anew from here on: after a commit was refused because chunks that were known are gone. */
  forgetKnown(): void {
    this.#owner.forgetKnown();
  }

  /** Whether every later call throws. */
  get hasFailed(): boolean {
    return this.#failure !== undefined || this.#owner.hasFailed;
  }

  /** Makes every later call throw `cause`. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
  }

  /** Throws when this writer has failed. */
  check(): void {
    if (this.#failure) throw this.#failure.cause;
    this.#owner.check();
  }

  async #storeContent(form: 'bytes' | 'mime', source: ByteSource): Promise<StoredContent> {
    const { sha256, chunks, depth, stats } = await this.#store(form, source);
    const ids = Array.from({ length: chunks.byteLength / CHUNK_ID_BYTES }, (_, i) =>
      chunkIdOf(chunks.subarray(i * CHUNK_ID_BYTES, (i + 1) * CHUNK_ID_BYTES)),
    );
    return { ref: { bytes: stats.originalBytes, form, sha256, chunks: ids, depth }, stats };
  }

  /** What is at hand is not waited for: for a small content that would cost more than cutting it does. */
  async #writeAll(source: Iterable<Uint8Array>, lane: Lane, stream: number, form: StreamForm): Promise<void> {
    for (const bytes of source) {
      this.check();
      const copied = lane.write(stream, form, bytes);
      if (copied) await copied;
    }
  }

  async #store(
    form: StreamForm,
    source: ByteSource,
    onFinish?: (stream: FinishedStream, lane: Lane) => void,
  ): Promise<FinishedStream> {
    this.check();
    const { stream, lane } = this.#owner.openStream(this);
    try {
      if (Symbol.iterator in source) await this.#writeAll(source, lane, stream, form);
      else
        for await (const bytes of source) {
          this.check();
          await lane.write(stream, form, bytes);
        }
    } catch (cause) {
      await lane.abandon(stream, form).catch(() => undefined);
      throw cause;
    }
    return new Promise<FinishedStream>((resolve, reject) => {
      const finish = (finished: FinishedStream): void => {
        if (this.#failure) reject(asError(this.#failure.cause));
        else {
          onFinish?.(finished, lane);
          resolve(finished);
        }
      };
      lane.end(stream, form, { resolve: finish, reject }).catch(reject);
    });
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error
    ? cause
    : new AppError('INTERNAL', 'A look-up failed with something that is no error.', { cause });
}
