import type { Workload } from '@holdfast/kernel';
import { DRIVE_FIDELITY } from './drive/fidelity.js';
import type { FidelityEntry } from './fidelity.js';
import { MAIL_FIDELITY } from './mail/fidelity.js';

/** What a restore of each workload cannot bring back. */
export const FIDELITY: Readonly<Record<Workload, readonly FidelityEntry[]>> = {
  mail: MAIL_FIDELITY,
  drive: DRIVE_FIDELITY,
};
