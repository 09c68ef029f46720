import { AppError } from '@holdfast/kernel';
import type { ContentRef, TaskWriter, WriteStats } from '@holdfast/vault';
import type { ContentRead, SourceRecord, WorkloadReader } from '@holdfast/workloads';

export interface StoredParts {
  readonly content: ContentRef;
  readonly extras?: Readonly<Record<string, ContentRef>>;
  /** What the bytes themselves told, where the source told nothing of them. */
  readonly contentTag?: string;
}

/** Streams the contents of one resource's items from the reader into the vault, and holds what was stored against what was read. */
export class ContentWriter {
  constructor(
    private readonly reader: WorkloadReader,
    private readonly writer: TaskWriter,
    private readonly signal: AbortSignal,
    /** Told of each stored stretch, for the report. */
    private readonly onStored: (stats: WriteStats) => void,
  ) {}

  /**
   * Reads and stores an item's content and what comes beside it. `wasRead` is called when the content's last byte came or
   * reading it failed: what is left then is the vault's work.
   */
  async store(id: string, record: SourceRecord, wasRead: () => void): Promise<StoredParts> {
    const inline = Object.entries(record.inlineExtras ?? {});
    // Side by side, so that a small item waits once for the vault and not once for each part.
    const [content, ...parts] = await Promise.all([
      this.#content(id, record, wasRead),
      ...inline.map(([, text]) => this.#inlineExtra(text)),
    ]);
    const extras = Object.fromEntries(inline.flatMap(([name], at) => (parts[at] ? [[name, parts[at]] as const] : [])));
    const more = await this.reader.readExtras(id, record, this.signal);
    for (const [name, stream] of Object.entries(more)) extras[name] = await this.#extra(stream);
    return Object.keys(extras).length > 0 ? { ...content, extras } : content;
  }

  async #content(id: string, record: SourceRecord, wasRead: () => void): Promise<StoredParts> {
    const end: { read?: ContentRead } = {};
    const bytes = toldAtEnd(this.reader.readContent(id, record, this.signal), (read) => {
      if (read) end.read = read;
      wasRead();
    });
    const { ref, stats } = await (record.contentForm === 'mime'
      ? this.writer.writeMail(bytes)
      : this.writer.writeContent(bytes));
    this.onStored(stats);
    requireWhole(ref, end.read?.bytes);
    const tag = end.read?.contentTag;
    return tag === undefined ? { content: ref } : { content: ref, contentTag: tag };
  }

  /** Bytes only now: many listed items wait, and pieces of shared buffers would keep those in memory. */
  async #inlineExtra(text: string): Promise<ContentRef> {
    const bytes = Buffer.from(text);
    const { ref, stats } = await this.writer.writeContent([bytes]);
    this.onStored(stats);
    requireWhole(ref, bytes.byteLength);
    return ref;
  }

  async #extra(bytes: AsyncIterable<Uint8Array>): Promise<ContentRef> {
    const read = { bytes: 0 };
    const { ref, stats } = await this.writer.writeContent(counted(bytes, read));
    this.onStored(stats);
    requireWhole(ref, read.bytes);
    return ref;
  }
}

/** Passes `bytes` on and tells their last word, or that they broke off. Written out: a generator around a generator waits for each piece three times. */
function toldAtEnd(
  bytes: AsyncGenerator<Uint8Array, ContentRead>,
  tell: (read: ContentRead | undefined) => void,
): AsyncIterable<Uint8Array> {
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    try {
      const result = await bytes.next();
      if (result.done !== true) return result;
      tell(result.value);
      return { done: true, value: undefined };
    } catch (error) {
      tell(undefined);
      throw error;
    }
  };
  const end = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    tell(undefined);
    await bytes.return({ bytes: 0 });
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

async function* counted(source: AsyncIterable<Uint8Array>, read: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    read.bytes += piece.byteLength;
    yield piece;
  }
}

/** What was stored is as long as what was read, or the item is owed. */
function requireWhole({ bytes: storedBytes }: ContentRef, readBytes: number | undefined): void {
  if (storedBytes === readBytes) return;
  throw new AppError('INTERNAL', 'The vault stored another number of bytes than was read. The item is read again.', {
    context: { storedBytes, readBytes: readBytes ?? -1 },
  });
}
