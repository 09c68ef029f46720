import type { RandomBytes } from '@holdfast/kernel';
import type { Branch } from '../ports.js';
import type {
  EngineChannel,
  EngineConfig,
  EngineHost,
  EngineSettings,
  InputBatch,
  SettledBatch,
  TakenChunks,
} from './messages.js';
import type { FinishedPack } from '../packs/pack-builder.js';
import { SealEngine } from './seal-engine.js';
import { SealedMemory } from './sealed-memory.js';

class InlineChannel implements EngineChannel {
  readonly #engine: SealEngine;

  constructor(config: EngineConfig) {
    this.#engine = new SealEngine(config);
  }

  newInput(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  async take(batch: InputBatch): Promise<TakenChunks> {
    return this.#engine.take(batch);
  }

  async settle(isMissing: Uint8Array): Promise<SettledBatch> {
    return this.#engine.settle(isMissing);
  }

  async finishPacks(): Promise<readonly FinishedPack[]> {
    return this.#engine.finishPacks();
  }

  async read(branch: Branch, id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#engine.read(branch, id);
  }

  giveBack(pack: Uint8Array): void {
    this.#engine.giveBack(pack);
  }

  close(): void {
    // Nothing outlives the engine.
  }
}

/** Engines in the calling thread: for tests, tools and small loads. */
export class InlineEngines implements EngineHost {
  constructor(readonly memory = new SealedMemory()) {}

  open(settings: EngineSettings, random: RandomBytes): readonly EngineChannel[] {
    return [new InlineChannel({ ...settings, packIdSeed: random(32) })];
  }
}

/** Engines in the calling thread, for all writers that name no others. */
export const inlineHost: EngineHost = new InlineEngines();
