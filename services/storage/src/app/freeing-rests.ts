/** How long what is freed rests, in milliseconds. */
export abstract class FreeingRests {
  /** A snapshot that retention let go is kept for so long after somebody opened it to read from it. */
  abstract readonly readersMs: number;
  /** Condemned objects lie at their destinations for so long. */
  abstract readonly deletionMs: number;
}
