import { Database } from '@holdfast/platform';
import type { SchedulerSchema } from './schema.js';

/** Every reason for which scheduler reads rows of all tenants. */
export const SWEEPS = ['jobs-left-open', 'next-task', 'ring-again'] as const;

/** The schema `scheduler`. */
export class SchedulerDatabase extends Database<SchedulerSchema, (typeof SWEEPS)[number]> {}
