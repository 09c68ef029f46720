import type { ChunkLookup } from '../ports.js';
import { OpenPacks, type WriterOptions } from './open-packs.js';
import { TaskWriter } from './task-writer.js';

/** What a writer is made from. */
export interface VaultWriterOptions extends WriterOptions {
  /** Asked by what is stored through the writer itself; each {@link VaultWriter.forTask} brings its own. */
  readonly lookup: ChunkLookup;
}

/**
 * Writes into one vault, for all tasks of a process: each gets a writer of its own by {@link forTask}, and they fill the
 * same packs. When the sink refuses a pack, all of them fail for good: make another one and go on from the checkpoints.
 */
export class VaultWriter extends TaskWriter {
  readonly #packs: OpenPacks;
  #tasks = 1;

  constructor(options: VaultWriterOptions) {
    const packs = new OpenPacks(options);
    super(packs, 1, options.lookup);
    this.#packs = packs;
  }

  /** A writer for one task, which asks for known chunks under the task's own grant. Needs no closing. */
  forTask(lookup: ChunkLookup): TaskWriter {
    return new TaskWriter(this.#packs, ++this.#tasks, lookup);
  }

  /** Lets go of the engines. What was not flushed is lost, as in a crash. */
  close(): void {
    this.#packs.close();
  }
}
