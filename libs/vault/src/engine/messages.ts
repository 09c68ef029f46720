import type { RandomBytes } from '@holdfast/kernel';
import type { ChunkParameters } from '../chunks/chunk-parameters.js';
import type { CompressionLevel } from '../chunks/compression.js';
import type { VaultKeys } from '../keys/vault-keys.js';
import type { FinishedPack } from '../packs/pack-builder.js';
import type { Branch } from '../ports.js';
import type { SealedMemory } from './sealed-memory.js';

/** What an engine needs to know of a vault. Plain data: it crosses into worker threads. */
export interface EngineConfig {
  readonly keys: VaultKeys;
  readonly chunks: ChunkParameters;
  readonly level: CompressionLevel;
  /** Bytes that no pack passes. */
  readonly packBytes: number;
  /** 32 random bytes, new for every engine: pack ids are drawn from them. */
  readonly packIdSeed: Uint8Array;
}

/** The same for all engines of a writer. */
export type EngineSettings = Omit<EngineConfig, 'packIdSeed'>;

/** How the bytes of a stream are stored: cut as a file, split as a message, or kept as one chunk of a branch. */
export type StreamForm = 'bytes' | 'mime' | Branch;

/** A stretch of one stream inside a batch. */
export interface Section {
  readonly stream: number;
  readonly form: StreamForm;
  readonly from: number;
  readonly to: number;
  /** `end`: the stream is complete. `abandon`: it will never be. */
  readonly then: 'more' | 'end' | 'abandon';
}

/** Input of many streams, in order. Nobody writes into the bytes until the batch is settled. */
export interface InputBatch {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
}

/** The chunks of a batch. */
export interface TakenChunks {
  /** Ids of 32 bytes each, one after the other. */
  readonly ids: Uint8Array;
  /** The stream of each. */
  readonly streams: Uint32Array;
}

/** What storing something took. All in bytes but `chunks` and `newChunks`. */
export interface WriteStats {
  /** As the source gave it. */
  readonly originalBytes: number;
  readonly chunks: number;
  readonly newChunks: number;
  /** Plain bytes of the chunks that were new. */
  readonly newBytes: number;
  /** What the new chunks take in packs: compressed and sealed. */
  readonly storedBytes: number;
  /** Plain bytes of the chunks that the vault had. */
  readonly dedupedBytes: number;
}

/** A stream that is stored as far as the engine is concerned: what a content reference is made from. */
export interface FinishedStream {
  readonly stream: number;
  readonly sha256: Uint8Array;
  /** Ids of 32 bytes each, one after the other. */
  readonly chunks: Uint8Array;
  readonly depth: number;
  readonly stats: WriteStats;
}

/** A batch whose chunks are sealed. */
export interface SettledBatch {
  readonly streams: readonly FinishedStream[];
  readonly packs: readonly FinishedPack[];
  /** Sealed bytes in packs that are still open. */
  readonly openBytes: number;
}

/**
 * One engine, in this thread or in another. Calls are answered in order; batches have to be settled in the order taken.
 */
export interface EngineChannel {
  /** Memory for batches that this engine can read. */
  newInput(bytes: number): Uint8Array;
  /** Cuts a batch into chunks and names them. */
  take(batch: InputBatch): Promise<TakenChunks>;
  /** Seals the chunks of the oldest batch whose place in `isMissing` is 1. */
  settle(isMissing: Uint8Array): Promise<SettledBatch>;
  /** Finishes all open packs. */
  finishPacks(): Promise<readonly FinishedPack[]>;
  /** A chunk that lies in an open pack. */
  read(branch: Branch, id: Uint8Array): Promise<Uint8Array | undefined>;
  /** Returns a pack's buffer for reuse. */
  giveBack(pack: Uint8Array): void;
  close(): void;
}

/** Opens the engines of one vault: one for each thread that works for it. */
export interface EngineHost {
  /** Bounds what all writers that use these engines hold sealed. */
  readonly memory: SealedMemory;
  open(settings: EngineSettings, random: RandomBytes): readonly EngineChannel[];
}
