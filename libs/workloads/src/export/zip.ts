import { isMostlyNoise } from '@holdfast/vault';
import { Readable } from 'node:stream';
import { RetractingZip } from './retracting-zip.js';
import { ZipNames } from './zip-names.js';

/** One file or empty folder of a ZIP. */
export interface ZipEntry {
  /** Names from the top down, as the source has them; they are made safe. */
  readonly path: readonly string[];
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Absent for a folder. */
  readonly content?: AsyncIterable<Uint8Array>;
  /** Asked when the content breaks off: where it says yes the ZIP goes on and does not have the entry, else it breaks off too. */
  readonly mayLack?: (error: unknown) => boolean;
}

const OLDEST = Date.UTC(1980, 0, 1);

/**
 * The entries as one ZIP, made while it is read: one entry is open at a time. Equal paths get a number, folders as a whole. About 1 KB an entry stays in
 * memory until the end, where a ZIP has its table of contents.
 */
export async function* zip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const archive = new RetractingZip();
  const filling = fill(archive, entries).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error('The entries of a ZIP broke off.'));
  });
  try {
    yield* archive as AsyncIterable<Uint8Array>;
  } finally {
    archive.destroy();
    await filling;
  }
}

async function fill(archive: RetractingZip, entries: AsyncIterable<ZipEntry>): Promise<void> {
  const names = new ZipNames();
  for await (const entry of entries) {
    const begun = entry.content && (await begin(entry.content, entry));
    if (begun === 'lacking') continue;
    const about = {
      name: begun ? names.ofFile(entry.path) : names.ofFolder(entry.path),
      date: new Date(Math.max(entry.modifiedAt, OLDEST)),
      type: begun === undefined ? 'directory' : 'file',
    };
    if (begun) archive.press(!isMostlyNoise(begun.first));
    const source = begun && Readable.from(upToBreak(archive, begun, entry), { objectMode: false });
    try {
      await append(archive, source ?? Buffer.alloc(0), about);
    } finally {
      // Not waited for: it may be in the middle of reading what nobody wants any more.
      begun?.rest.return?.().catch(() => undefined);
    }
  }
  archive.finalize();
}

interface Begun {
  /** Empty where the content is. */
  readonly first: Uint8Array;
  readonly rest: AsyncIterator<Uint8Array>;
}

const NOTHING = new Uint8Array();

/** Its first piece tells how it is compressed. Where that cannot be had of one that may be lacking, nothing is sent of it. */
async function begin(
  content: AsyncIterable<Uint8Array>,
  { mayLack = () => false }: ZipEntry,
): Promise<Begun | 'lacking'> {
  const rest = content[Symbol.asyncIterator]();
  try {
    const first = await rest.next();
    return { first: first.done === true ? NOTHING : first.value, rest };
  } catch (error) {
    if (!mayLack(error)) throw error;
    return 'lacking';
  }
}

/** A content that may be lacking ends where it breaks off, and takes its entry with it. */
async function* upToBreak(
  archive: RetractingZip,
  { first, rest }: Begun,
  { mayLack = () => false }: ZipEntry,
): AsyncGenerator<Uint8Array> {
  yield first;
  try {
    for (let piece = await rest.next(); piece.done !== true; piece = await rest.next()) yield piece.value;
  } catch (error) {
    if (!mayLack(error)) throw error;
    archive.retract();
  }
}

function append(archive: RetractingZip, source: Readable | Buffer, about: object): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.once('close', resolve);
    if (source instanceof Readable) source.once('error', reject);
    archive.entry(source, about, (error: unknown) => {
      archive.off('close', resolve);
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
}
