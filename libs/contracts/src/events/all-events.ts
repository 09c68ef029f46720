import { budgetFenced } from './budget-fenced.js';
import { housekeepingReady } from './housekeeping-ready.js';
import { jobChanged, taskFinished, taskProgress } from './job-events.js';
import { crawlReady, restoreReady } from './task-ready.js';

/** Every event there is. */
export const EVENTS = [crawlReady, restoreReady, housekeepingReady, jobChanged, taskFinished, taskProgress] as const;

/** Every signal there is. */
export const SIGNALS = [budgetFenced] as const;
