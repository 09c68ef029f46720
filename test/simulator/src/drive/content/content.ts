import { createHash } from 'node:crypto';
import { BlockSource } from './block-source.js';
import { BuiltSource, type ByteSource, LiteralSource } from './byte-source.js';
import { QuickXorHash } from './quick-xor-hash.js';

/** Bytes `from` … `from + length` of a source. */
export interface Piece {
  readonly source: ByteSource;
  readonly from: number;
  readonly length: number;
}

const STEP_BYTES = 1024 * 1024;
/** Bytes hashed before other work gets its turn. */
const TURN_BYTES = 64 * STEP_BYTES;

/** What one version of a file holds: pieces of sources, so that an edited or 50 GB file costs a few words of memory. */
export class Content {
  #quickXor: string | undefined;
  #sha256: string | undefined;
  #size: number | undefined;

  private constructor(private readonly pieces: (() => readonly Piece[]) | readonly Piece[]) {}

  static of(source: ByteSource): Content {
    // The size of a built document is known only once it is built, so it is asked for as late as possible.
    return new Content(() => [{ source, from: 0, length: source.size }]);
  }

  static fromPieces(pieces: readonly Piece[]): Content {
    return new Content(pieces.filter((piece) => piece.length > 0));
  }

  static fromBytes(bytes: Uint8Array): Content {
    return Content.of(new LiteralSource(bytes));
  }

  get size(): number {
    if (this.#size !== undefined) return this.#size;
    const pieces = this.#list();
    // A document was just built to be measured; who wants its size will want its hash, and building is what costs.
    if (pieces.some(({ source }) => source instanceof BuiltSource)) this.#quickXor = hashOf(pieces);
    return (this.#size = pieces.reduce((sum, piece) => sum + piece.length, 0));
  }

  /** The size if it is known without building anything, else 0. */
  get measuredSize(): number {
    return this.#size ?? 0;
  }

  /** Base64, as `file.hashes` bears it; computed once. */
  get quickXorHash(): string {
    return (this.#quickXor ??= hashOf(this.#list()));
  }

  /** Hex; computed once, giving way to other work in between. */
  async sha256(): Promise<string> {
    if (this.#sha256 !== undefined) return this.#sha256;
    const hash = createHash('sha256');
    let sinceTurn = 0;
    for (const bytes of this.read(0, this.size)) {
      hash.update(bytes);
      sinceTurn += bytes.length;
      if (sinceTurn >= TURN_BYTES) {
        await new Promise((resolve) => setImmediate(resolve));
        sinceTurn = 0;
      }
    }
    return (this.#sha256 ??= hash.digest('hex'));
  }

  /** The bytes from `from` up to `to` (not included), at most 1 MiB at a time. */
  read(from: number, to: number): Generator<Uint8Array> {
    return readPieces(this.slice(from, to));
  }

  /** The content with `removed` bytes at `at` replaced by `inserted`: what follows shifts. */
  splice(at: number, removed: number, inserted: ByteSource): Content {
    const middle = { source: inserted, from: 0, length: inserted.size };
    return Content.fromPieces([...this.slice(0, at), middle, ...this.slice(at + removed, this.size)]);
  }

  /** The pieces that make up the bytes from `from` to `to`. */
  slice(from: number, to: number): Piece[] {
    let start = 0;
    const cut: Piece[] = [];
    for (const piece of this.#list()) {
      const first = Math.max(from, start);
      const end = Math.min(to, start + piece.length);
      if (end > first) cut.push({ source: piece.source, from: piece.from + first - start, length: end - first });
      start += piece.length;
    }
    return cut;
  }

  #list(): readonly Piece[] {
    return typeof this.pieces === 'function' ? this.pieces() : this.pieces;
  }
}

function* readPieces(pieces: readonly Piece[]): Generator<Uint8Array> {
  for (const { source, from, length } of pieces) {
    for (let at = 0; at < length; at += STEP_BYTES) yield source.read(from + at, Math.min(STEP_BYTES, length - at));
  }
}

function hashOf(pieces: readonly Piece[]): string {
  const [only, ...others] = pieces;
  if (only?.source instanceof BlockSource && others.length === 0 && only.length === only.source.size) {
    return only.source.quickXorHash();
  }
  const hash = new QuickXorHash();
  for (const bytes of readPieces(pieces)) hash.update(bytes);
  return hash.digest();
}
