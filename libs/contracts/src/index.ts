export { checkTerms, CHECK_MODES, type CheckTerms } from './check-terms.js';
export {
  defineEvent,
  defineSignal,
  subjectOf,
  type BusParty,
  type EventDefinition,
  type MessageDefinition,
  type SignalDefinition,
} from './define-event.js';
export { EVENTS, SIGNALS } from './events/all-events.js';
export { budgetFenced, type BudgetFenced } from './events/budget-fenced.js';
export {
  jobHistory,
  type JobHistory,
  setDefinition,
  type SetDefinition,
  taskHistory,
  type TaskHistory,
} from './history.js';
export {
  deletionTermsFrom,
  MOST_ITEMS_NAMED,
  rewritingTermsFrom,
  type DeletionTerms,
  type RenewalTerms,
  type RewritingTerms,
} from './deletion-terms.js';
export { JOB_KINDS, type JobKind } from './job-kinds.js';
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
export {
  RETENTION_RUNS,
  retentionPolicy,
  retentionRuns,
  type RetentionRuns,
  type WireRetentionPolicy,
} from './retention.js';
export { workLimitsFrom } from './work-limits.js';
export { emptyTaskReport, tally, taskReport, type Tally, type TaskReport } from './task-report.js';
