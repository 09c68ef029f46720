import { z } from 'zod';
import { atMs, count, pageQuery, resourceId } from './parts.js';

/** What an exception may be, and how grave that is. */
export const EXCEPTION_SEVERITIES = {
  failed: 'error',
  owed: 'error',
  unexplained: 'error',
  skipped: 'warning',
  excluded: 'info',
  vanished: 'info',
  'not-covered': 'info',
} as const;
export type ExceptionOutcome = keyof typeof EXCEPTION_SEVERITIES;

const outcome = z.enum(Object.keys(EXCEPTION_SEVERITIES) as [ExceptionOutcome, ...ExceptionOutcome[]], {
  error: `has to be one of ${Object.keys(EXCEPTION_SEVERITIES).join(', ')}`,
});
const workload = z.enum(['mail', 'drive'], { error: 'has to be mail or drive' });
const severity = z.enum(['info', 'warning', 'error'], { error: 'has to be info, warning or error' });

/** Which exceptions are wanted; what is left out means all. */
const wanted = {
  outcome: outcome.optional(),
  workload: workload.optional(),
  severity: severity.optional(),
};
export const exceptionFilter = z.strictObject(wanted);
export const exceptionQuery = pageQuery(500).extend(wanted);

export const exceptionView = z
  .object({
    workload,
    resourceId: resourceId
      .optional()
      .describe('Absent of what is not covered, which holds for each resource of the workload'),
    outcome: outcome.describe(
      'failed: the resource has no snapshot of this job. owed: the item could not be read and is read first by the next job. ' +
        'unexplained: the service counts other items in the folder than the snapshot has. skipped, excluded: left out, by cause or rule. ' +
        'vanished: proven to be gone from the source. not-covered: a field that no interface gives back',
    ),
    severity,
    itemId: z.string().optional(),
    kind: z.string().optional(),
    path: z.array(z.string()).describe("Names from the top, the item's own last; what is known of them"),
    code: z.string().describe('The cause, the failure, the proof, or the field that is not covered'),
    reason: z.string().describe('The same for a person, with the page or observation that it rests on'),
    atMs: atMs.optional(),
    attempts: count.optional().describe('Jobs that failed on an owed item'),
    atSource: count.optional().describe('Items in an unexplained folder, as the service counts them'),
    inSnapshot: count.optional().describe('Items in an unexplained folder, as the snapshot lists or owes them'),
  })
  .meta({ id: 'Exception' });
export type ExceptionView = z.infer<typeof exceptionView>;
