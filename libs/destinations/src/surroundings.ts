import { type Clock, type RandomBytes } from '@holdfast/kernel';

/** What a driver needs from the world besides its settings. */
export interface DestinationSurroundings {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** How long a server may be silent before it is given up; a minute when left out. */
  readonly silenceMs?: number;
  /** Reads a folder without its mark, too: a copy that somebody made of a vault has none, and who only reads fills no empty mount point. */
  readonly isUnmarked?: boolean;
}
