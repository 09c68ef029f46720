import { type Clock, type RandomBytes } from '@holdfast/kernel';

/** What a driver needs from the world besides its settings. */
export interface DestinationSurroundings {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}
