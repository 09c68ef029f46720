import type { GrantClaims } from '@holdfast/contracts';

/** Remembers the highest epoch seen of each task, so that a worker that was taken over gets nothing more. */
export abstract class Epochs {
  /** GRANT_REFUSED when a higher epoch of the task was seen. */
  abstract check(claims: GrantClaims): Promise<void>;
}
