import { createHash, createHmac } from 'node:crypto';
import type { PackId } from '@holdfast/kernel';
import type { ChunkParameters } from '../chunks/chunk-parameters.js';
import { ChunkNamer } from '../chunks/chunk-id.js';
import { compressChunk } from '../chunks/compression.js';
import { chunkIdKey, gearTable } from '../keys/vault-keys.js';
import { FrameWriter } from '../mail/recipe.js';
import { type FinishedPack, PackBuilder } from '../packs/pack-builder.js';
import { FOOTER_BYTES, HEADER_BYTES, SEAL_OVERHEAD_BYTES, TAG_BYTES } from '../packs/pack-layout.js';
import { TRAILER_ENTRY_BYTES } from '../packs/trailer.js';
import type { Branch } from '../ports.js';
import { sha256Text } from '../short-hmac.js';
import { Arena } from './arena.js';
import { BufferPool } from './buffer-pool.js';
import { BytesLayout, ChunkLayout, type ChunkPress, type Layout } from './layout.js';
import { MailLayout } from './mail-layout.js';
import type {
  EngineConfig,
  FinishedStream,
  InputBatch,
  Section,
  SettledBatch,
  StreamForm,
  TakenChunks,
  WriteStats,
} from './messages.js';

/** Frame writers kept for reuse. */
const SPARE_FRAMES = 4;

type Counters = { -readonly [Key in keyof WriteStats]: number };

class OpenStream {
  readonly stats: Counters = {
    originalBytes: 0,
    chunks: 0,
    newChunks: 0,
    newBytes: 0,
    storedBytes: 0,
    dedupedBytes: 0,
  };
  #hash: ReturnType<typeof createHash> | undefined;

  constructor(
    readonly number: number,
    readonly form: StreamForm,
    readonly layout: Layout,
  ) {}

  /** SHA-256 of all bytes, given the last ones. One call for a stream that came in one piece: it costs half of an object. */
  finishHash(last: Uint8Array): Uint8Array {
    return this.#hash ? this.#hash.update(last).digest() : Buffer.from(sha256Text(last), 'latin1');
  }

  updateHash(bytes: Uint8Array): void {
    this.#hash ??= createHash('sha256');
    this.#hash.update(bytes);
  }
}

interface Candidate {
  readonly stream: OpenStream;
  readonly branch: Branch;
  readonly id: Buffer;
  readonly plain: Uint8Array;
  readonly owned: Uint8Array | undefined;
}

interface TakenBatch {
  readonly input: Uint8Array;
  readonly arena: Arena;
  readonly candidates: Candidate[];
  readonly finished: Omit<FinishedStream, 'stats'>[];
  readonly ended: OpenStream[];
}

/**
 * The work of one thread for one vault: cuts streams into chunks, names them, and, once it is known which of them the
 * vault lacks, compresses and seals these into open packs. Knows no I/O and waits for nothing.
 */
export class SealEngine implements ChunkPress {
  readonly gear: Int32Array;
  readonly parameters: ChunkParameters;
  readonly #config: EngineConfig;
  readonly #pool: BufferPool;
  readonly #namers: Record<Branch, ChunkNamer>;
  readonly #streams = new Map<number, OpenStream>();
  readonly #taken: TakenBatch[] = [];
  readonly #packs = new Map<Branch, PackBuilder>();
  readonly #spareFrames: FrameWriter[] = [];
  #packCount = 0;
  #current: { readonly batch: TakenBatch; readonly stream: OpenStream } | undefined;

  constructor(config: EngineConfig, pool = new BufferPool()) {
    this.#config = config;
    this.#pool = pool;
    this.gear = gearTable(config.keys);
    this.parameters = config.chunks;
    this.#namers = {
      data: new ChunkNamer(chunkIdKey(config.keys, 'data')),
      meta: new ChunkNamer(chunkIdKey(config.keys, 'meta')),
    };
  }

  /** Cuts a batch into chunks and names them. */
  take(input: InputBatch): TakenChunks {
    const batch: TakenBatch = {
      input: input.bytes,
      arena: new Arena(this.#pool),
      candidates: [],
      finished: [],
      ended: [],
    };
    this.#taken.push(batch);
    for (const section of input.sections) this.#takeSection(batch, section);
    return {
      ids: joined(batch.candidates.map(({ id }) => id)),
      streams: Uint32Array.from(batch.candidates, ({ stream }) => stream.number),
    };
  }

  /** Seals those chunks of the oldest batch that are missing. */
  settle(isMissing: Uint8Array): SettledBatch {
    const batch = this.#taken.shift();
    if (!batch) throw new Error('No batch to settle.');
    const packs: FinishedPack[] = [];
    for (const [i, candidate] of batch.candidates.entries()) {
      this.#settleChunk(candidate, isMissing[i] === 1, packs);
      if (candidate.owned) this.returnBuffer(candidate.owned);
    }
    batch.arena.release();
    const streams = batch.finished.map((finished, i) => ({ ...finished, stats: { ...statsOf(batch.ended[i]) } }));
    return { streams, packs, openBytes: this.#openBytes() };
  }

  /** Finishes the open packs. */
  finishPacks(): FinishedPack[] {
    const packs = [...this.#packs.values()].filter((pack) => !pack.isEmpty).map((pack) => this.#fitted(pack.finish()));
    this.#packs.clear();
    return packs;
  }

  /** A pack that leaves early goes in memory of its own size: the buffer stays warm here, and the process holds no empty room. */
  #fitted(pack: FinishedPack): FinishedPack {
    if (pack.bytes.byteLength > pack.bytes.buffer.byteLength / 2) return pack;
    const bytes = new Uint8Array(pack.bytes);
    this.#pool.giveBack(pack.bytes);
    return { ...pack, bytes };
  }

  /** A chunk that lies in an open pack. */
  read(branch: Branch, id: Uint8Array): Uint8Array | undefined {
    return this.#packs.get(branch)?.read(id);
  }

  giveBack({ buffer }: Uint8Array): void {
    if (buffer.byteLength >= this.#config.packBytes) this.#pool.giveBack(new Uint8Array(buffer));
    else if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  }

  submit(branch: Branch, plain: Uint8Array, owned?: Uint8Array): Buffer {
    if (!this.#current) throw new Error('A chunk without a stream.');
    const id = this.#namers[branch].nameOf(plain);
    this.#current.batch.candidates.push({ stream: this.#current.stream, branch, id, plain, owned });
    return id;
  }

  reserve(bytes: number): Buffer {
    if (!this.#current) throw new Error('A buffer without a batch.');
    return this.#current.batch.arena.reserve(bytes);
  }

  takeBuffer(bytes: number): Uint8Array {
    return this.#pool.take(bytes);
  }

  returnBuffer(buffer: Uint8Array): void {
    this.#pool.giveBack(buffer);
  }

  #takeSection(batch: TakenBatch, { stream: number, form, from, to, then }: Section): void {
    let stream = this.#streams.get(number);
    if (!stream) this.#streams.set(number, (stream = new OpenStream(number, form, this.#layoutOf(form))));
    this.#current = { batch, stream };
    const bytes = batch.input.subarray(from, to);
    stream.stats.originalBytes += bytes.byteLength;
    if (then === 'abandon') {
      stream.layout.abandon();
      this.#streams.delete(number);
      return;
    }
    if (bytes.byteLength > 0) stream.layout.write(bytes);
    if (then === 'more') stream.updateHash(bytes);
    else this.#endStream(batch, stream, bytes);
  }

  #endStream(batch: TakenBatch, stream: OpenStream, last: Uint8Array): void {
    const { chunks, depth } = stream.layout.end();
    this.#streams.delete(stream.number);
    batch.ended.push(stream);
    batch.finished.push({
      stream: stream.number,
      sha256: stream.finishHash(last),
      chunks: joined(chunks),
      depth,
    });
  }

  #layoutOf(form: StreamForm): Layout {
    if (form === 'bytes') return new BytesLayout(this);
    if (form !== 'mime') return new ChunkLayout(this, form);
    return new MailLayout(this, this.#spareFrames.pop() ?? new FrameWriter(), (frame) => {
      if (this.#spareFrames.length < SPARE_FRAMES) this.#spareFrames.push(frame);
    });
  }

  #settleChunk({ stream, branch, id, plain }: Candidate, isMissing: boolean, packs: FinishedPack[]): void {
    // A list of chunks takes room, but it is no content.
    const contentBytes = branch === 'data' || stream.form === 'meta' ? plain.byteLength : 0;
    stream.stats.chunks++;
    if (!isMissing) {
      stream.stats.dedupedBytes += contentBytes;
      return;
    }
    const pack = this.#packFor(branch, plain.byteLength, packs);
    stream.stats.newChunks++;
    stream.stats.newBytes += contentBytes;
    stream.stats.storedBytes += pack.add(id, compressChunk(plain, this.#config.level), plain.byteLength);
  }

  #packFor(branch: Branch, plainBytes: number, packs: FinishedPack[]): PackBuilder {
    const open = this.#packs.get(branch);
    if (open?.hasRoomFor(plainBytes)) return open;
    if (open && !open.isEmpty) packs.push(open.finish());
    const least = HEADER_BYTES + plainBytes + SEAL_OVERHEAD_BYTES + TRAILER_ENTRY_BYTES + TAG_BYTES + FOOTER_BYTES;
    const target = this.#pool.take(Math.max(least, this.#config.packBytes));
    const pack = new PackBuilder(this.#config.keys, branch, this.#nextPackId(), target);
    this.#packs.set(branch, pack);
    return pack;
  }

  /** Unpredictable and never the same: a keyed hash of a counter, under a seed that only this engine has. */
  #nextPackId(): PackId {
    const count = Buffer.alloc(8);
    count.writeBigUInt64LE(BigInt(this.#packCount++));
    return createHmac('sha256', this.#config.packIdSeed).update(count).digest('hex').slice(0, 32) as PackId;
  }

  #openBytes(): number {
    return [...this.#packs.values()].reduce((sum, pack) => sum + pack.bytes, 0);
  }
}

function statsOf(stream: OpenStream | undefined): WriteStats {
  if (!stream) throw new Error('A finished stream without its counters.');
  return stream.stats;
}

/** Bytes of their own: small Buffers share memory with others, which cannot go to another thread. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
