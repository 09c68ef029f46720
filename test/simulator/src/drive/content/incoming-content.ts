import { LiteralSource } from './byte-source.js';
import { Content, type Piece } from './content.js';
import type { ContentLibrary } from './content-library.js';

/**
 * Bytes on their way in, in order. While they agree with a content that the tenant has or had, nothing is kept of them: a restored 50 GB
 * file costs no memory. The first byte that disagrees with all of them turns the agreed part into pieces of one of them.
 */
export class IncomingContent {
  readonly #pieces: Piece[] = [];
  #candidates: readonly Content[];
  #received = 0;

  constructor(
    private readonly library: ContentLibrary,
    readonly totalBytes: number,
  ) {
    this.#candidates = library.ofSize(totalBytes);
  }

  get received(): number {
    return this.#received;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const before = this.#candidates;
    this.#candidates = before.filter((candidate) => agrees(candidate, this.#received, bytes));
    const [agreed] = before;
    if (this.#candidates.length === 0) {
      if (agreed) this.#pieces.push(...agreed.slice(0, this.#received));
      const source = new LiteralSource(Uint8Array.from(bytes));
      this.#pieces.push({ source, from: 0, length: source.size });
    }
    this.#received += bytes.length;
  }

  /** The whole content, once {@link received} is {@link totalBytes}. */
  finish(): Content {
    const [known] = this.#candidates;
    return known ?? this.library.add(Content.fromPieces(this.#pieces));
  }
}

function agrees(content: Content, at: number, bytes: Uint8Array): boolean {
  let done = 0;
  for (const step of content.read(at, at + bytes.length)) {
    if (Buffer.compare(step, bytes.subarray(done, done + step.length)) !== 0) return false;
    done += step.length;
  }
  return done === bytes.length;
}
