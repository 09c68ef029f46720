/** What follows from a failure that may pass, for whoever reads or writes: jobs wait for their destination, people do not. */
export const TRY_AGAIN = 'Jobs try again by themselves; start anything else again.';

/** What it means that a destination is full. */
export const ONLY_READ =
  'Until then nothing more is stored there; what is there can be read. Jobs go on by themselves.';
