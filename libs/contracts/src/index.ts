export { checkTerms, CHECK_MODES, type CheckTerms } from './check-terms.js';
export { defineEvent, subjectOf, type BusParty, type EventDefinition } from './define-event.js';
export { EVENTS } from './events/all-events.js';
export {
  jobHistory,
  type JobHistory,
  setDefinition,
  type SetDefinition,
  taskHistory,
  type TaskHistory,
} from './history.js';
export { deletionTermsFrom, type DeletionTerms } from './deletion-terms.js';
export { HOUSEKEEPING_KINDS, housekeepingReady, type HousekeepingKind } from './events/housekeeping-ready.js';
export { crawlReady, restoreReady, LANES, type Lane, type TaskReady } from './events/task-ready.js';
export {
  jobChanged,
  taskFinished,
  taskProgress,
  type JobChanged,
  type TaskFinished,
  type TaskProgress,
} from './events/job-events.js';
export { grantClaims, type GrantClaims } from './grant.js';
export { retentionPolicy, type WireRetentionPolicy } from './retention.js';
export { emptyTaskReport, tally, taskReport, type Tally, type TaskReport } from './task-report.js';
