import type { ContentRef, TaskWriter, WriteStats } from '@holdfast/vault';
import type { SourceRecord, WorkloadReader } from '@holdfast/workloads';

export interface StoredParts {
  readonly content: ContentRef;
  readonly extras?: Readonly<Record<string, ContentRef>>;
}

/** Streams the contents of one resource's items from the reader into the vault. */
export class ContentWriter {
  constructor(
    private readonly reader: WorkloadReader,
    private readonly writer: TaskWriter,
    private readonly signal: AbortSignal,
    /** Told of each stored stretch, for the report. */
    private readonly onStored: (stats: WriteStats) => void,
  ) {}

  /** Reads and stores an item's content and what comes beside it. */
  async store(id: string, record: SourceRecord): Promise<StoredParts> {
    const bytes = this.reader.readContent(id, record, this.signal);
    const { ref, stats } = await (record.contentForm === 'mime'
      ? this.writer.writeMail(bytes)
      : this.writer.writeContent(bytes));
    this.onStored(stats);
    const extras: Record<string, ContentRef> = {};
    for (const [name, inline] of Object.entries(record.inlineExtras ?? {})) extras[name] = await this.#extra([inline]);
    const more = await this.reader.readExtras(id, record, this.signal);
    for (const [name, stream] of Object.entries(more)) extras[name] = await this.#extra(stream);
    return Object.keys(extras).length > 0 ? { content: ref, extras } : { content: ref };
  }

  async #extra(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<ContentRef> {
    const { ref, stats } = await this.writer.writeContent(bytes);
    this.onStored(stats);
    return ref;
  }
}
