import type { SimWorkload } from './core/workload.js';
import { driveWorkload } from './drive/drive-workload.js';
import { mailWorkload } from './mail/mail-workload.js';

/** What a simulated tenant has beside its directory. */
export const WORKLOADS: readonly SimWorkload[] = [mailWorkload, driveWorkload];
