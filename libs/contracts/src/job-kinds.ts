import { HOUSEKEEPING_KINDS } from './events/housekeeping-ready.js';

/**
 * What a job does. A backup and a restore read or write at Microsoft; a rewriting makes snapshots of resources anew, without
 * items that are to be deleted or so that others' bytes can be erased; the others keep a vault in order.
 */
export const JOB_KINDS = ['backup', 'restore', 'rewriting', ...HOUSEKEEPING_KINDS] as const;
export type JobKind = (typeof JOB_KINDS)[number];
