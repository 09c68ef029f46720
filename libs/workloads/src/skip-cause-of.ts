import { DELETION_CAUSES } from './deletion-causes.js';
import { DRIVE_SKIP_CAUSES } from './drive/skip-causes.js';
import type { SkipCause } from './reader.port.js';

/** The cause with this code, of any workload; undefined for one that a later version of the program has stored. */
export function skipCauseOf(code: string): SkipCause | undefined {
  const causes: readonly SkipCause[] = [...Object.values(DRIVE_SKIP_CAUSES), ...Object.values(DELETION_CAUSES)];
  return causes.find((cause) => cause.code === code);
}
