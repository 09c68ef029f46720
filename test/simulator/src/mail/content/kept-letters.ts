import type { Letter } from './letter.js';
import type { LetterWorld, Origin } from './origin.js';

/** What letters take that are kept, in bytes, about; half of it surely holds those that were asked for last. */
const KEPT_BYTES = 96 * 1024 * 1024;
/** Of a letter beside its text. */
const ENVELOPE_BYTES = 4 * 1024;

interface Kept {
  readonly world: LetterWorld;
  readonly letter: Letter;
}

/**
 * Letters that were made not long ago. A client lists pages ahead and then asks for each message, in many mailboxes at once: making
 * a letter and its text again would be a tenth of what it costs to serve it.
 */
export class KeptLetters {
  #young = new Map<Origin, Kept>();
  #old: ReadonlyMap<Origin, Kept> = new Map();
  #youngBytes = 0;

  constructor(private readonly most = KEPT_BYTES) {}

  find(world: LetterWorld, origin: Origin): Letter | undefined {
    const kept = this.#young.get(origin) ?? this.#old.get(origin);
    return kept?.world === world ? kept.letter : undefined;
  }

  /** Keeps a letter of a text of so many bytes; the oldest are let go together, which costs nothing for each. */
  keep(
    world: LetterWorld,
    origin: Origin,
    { letter, bytes }: { readonly letter: Letter; readonly bytes: number },
  ): void {
    this.#young.set(origin, { world, letter });
    this.#youngBytes += bytes + ENVELOPE_BYTES;
    if (this.#youngBytes * 2 < this.most) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
