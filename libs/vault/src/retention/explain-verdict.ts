import { localDate } from './calendar.js';
import type { RetentionVerdict, StayReason } from './decide-retention.js';

/** The verdict as an administrator reads it: `kept because …`, `goes because …`. Dates are those of the set's time zone. */
export function explainVerdict(verdict: RetentionVerdict, timeZone: string): string {
  if (!verdict.stays)
    return `goes because it was replaced on ${date(verdict.endedAt, timeZone)} and no rule of the policy asks for it any more`;
  const reasons = new Set(verdict.because.map((reason) => explain(reason, timeZone)));
  return `kept because ${[...reasons].join('; ')}`;
}

function explain(reason: StayReason, timeZone: string): string {
  switch (reason.rule) {
    case 'newest':
      return 'it is the newest of its resource';
    case 'newest-whole':
      return 'it is the newest in which its resource was read whole';
    case 'no-policy':
      return 'the set keeps everything';
    case 'days':
      return 'it was the state at a time of the last days that the policy keeps';
    case 'jobs':
      return 'it is the state as of one of the last jobs that the policy keeps';
    case 'legal-hold':
      return 'a legal hold forbids to remove it';
    case 'object-lock':
      return `the destination keeps it locked until ${date(reason.until, timeZone)}`;
    default:
      return `it is the ${reason.rule} state of ${reason.period}`;
  }
}

const date = (instantMs: number, timeZone: string) => localDate(instantMs, timeZone).toString();
