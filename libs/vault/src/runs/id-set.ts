import type { TreeContext } from '../trees/merkle-tree.js';
import { textKey, textOfKey } from '../trees/text-key.js';
import { RunWriter, type RunWriterOptions } from './run-writer.js';

/** Item ids, of which memory holds no more than a buffer and 2 bytes for each that does not fit into it. Calls may overlap. */
export class IdSet {
  readonly #ids: RunWriter;

  constructor(context: TreeContext, options: Pick<RunWriterOptions, 'bufferBytes'> = {}) {
    this.#ids = new RunWriter(context, options);
  }

  async add(id: string): Promise<void> {
    await this.#ids.put({ key: textKey(id), value: 'seen' });
  }

  /** Which of these it holds. */
  async holds(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#ids.getMany(ids.map(textKey));
    return new Set(ids.filter((_, at) => found[at] !== undefined));
  }

  /** All, in the order of their keys. Nothing may be added while they are read. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for await (const page of this.#ids.merged()) for (const { key } of page) yield textOfKey(key);
  }
}
