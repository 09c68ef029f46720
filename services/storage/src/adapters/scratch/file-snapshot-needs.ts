import type { ChunkId } from '@holdfast/kernel';
import { ID_PARTS } from '../../app/needed-ids.port.js';
import { SnapshotNeeds } from '../../app/snapshot-needs.port.js';
import type { SnapshotNeedsPart } from '../../domain/sole-needers.js';
import { PartFiles } from './part-files.js';

const HEAD_BYTES = 8;
const RECORD_BYTES = HEAD_BYTES + 4;
/** Records that are in memory at once: a larger file is read several times, each time for some of the ids' second bytes. */
const RECORDS_AT_ONCE = 1_000_000;
const SECOND_BYTES = 256;

/** Twelve bytes for each time that a chunk comes or goes with a snapshot. */
export class FileSnapshotNeeds extends SnapshotNeeds {
  private constructor(
    private readonly files: PartFiles,
    private readonly recordsAtOnce: number,
  ) {
    super();
  }

  static async open(folder: string, recordsAtOnce = RECORDS_AT_ONCE): Promise<FileSnapshotNeeds> {
    return new FileSnapshotNeeds(await PartFiles.open(folder, RECORD_BYTES), recordsAtOnce);
  }

  override add(chunk: ChunkId, snapshot: number): void {
    this.#tell(chunk, snapshot);
  }

  override drop(chunk: ChunkId, snapshot: number): void {
    this.#tell(chunk, ~snapshot);
  }

  override async *parts(): AsyncGenerator<SnapshotNeedsPart, void, undefined> {
    for (let part = 0; part < ID_PARTS; part += 1) {
      const passes = Math.min(Math.ceil(this.files.bytes(part) / RECORD_BYTES / this.recordsAtOnce), SECOND_BYTES);
      const step = Math.ceil(SECOND_BYTES / passes);
      for (let from = 0; passes > 0 && from < SECOND_BYTES; from += step)
        yield await this.#pass(part, from, from + step);
    }
  }

  override close(): Promise<void> {
    return this.files.close();
  }

  #tell(chunk: ChunkId, mark: number): void {
    const { buffer, at } = this.files.add(Number.parseInt(chunk.slice(0, 2), 16), chunk, HEAD_BYTES);
    buffer.writeInt32BE(mark, at);
  }

  /** What was told of ids whose second byte is from `from` up to below `to`. */
  async #pass(part: number, from: number, to: number): Promise<SnapshotNeedsPart> {
    const count = await this.#count(part, from, to);
    const heads = new BigUint64Array(count);
    const marks = new Int32Array(count);
    let next = 0;
    for await (const block of this.files.blocks(part))
      for (let at = 0; at < block.length; at += RECORD_BYTES) {
        if (!isBetween(block[at + 1], from, to)) continue;
        heads[next] = block.readBigUInt64BE(at);
        marks[next] = block.readInt32BE(at + HEAD_BYTES);
        next += 1;
      }
    return { heads, marks };
  }

  async #count(part: number, from: number, to: number): Promise<number> {
    if (from === 0 && to >= SECOND_BYTES) return this.files.bytes(part) / RECORD_BYTES;
    let count = 0;
    for await (const block of this.files.blocks(part))
      for (let at = 0; at < block.length; at += RECORD_BYTES) if (isBetween(block[at + 1], from, to)) count += 1;
    return count;
  }
}

const isBetween = (byte = 0, from: number, to: number) => byte >= from && byte < to;
