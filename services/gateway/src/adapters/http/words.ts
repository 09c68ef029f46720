import { CredentialKind, KeyKind } from '@holdfast/contracts/auth/v1';
import { ConflictPolicy, MatchKind } from '@holdfast/contracts/restore/v1';
import { JobKind, JobState, TaskState } from '@holdfast/contracts/scheduler/v1';

/** The API's words for the numbers of the wire. */
const JOB_STATES = {
  [JobState.JOB_STATE_RUNNING]: 'running',
  [JobState.JOB_STATE_STOPPING]: 'stopping',
  [JobState.JOB_STATE_COMPLETED]: 'completed',
  [JobState.JOB_STATE_COMPLETED_WITH_WARNINGS]: 'completed-with-warnings',
  [JobState.JOB_STATE_COMPLETED_WITH_ERRORS]: 'completed-with-errors',
  [JobState.JOB_STATE_STOPPED]: 'stopped',
  [JobState.JOB_STATE_FAILED]: 'failed',
} as const;

const TASK_STATES = {
  [TaskState.TASK_STATE_READY]: 'ready',
  [TaskState.TASK_STATE_LEASED]: 'leased',
  [TaskState.TASK_STATE_COMPLETED]: 'completed',
  [TaskState.TASK_STATE_COMPLETED_WITH_WARNINGS]: 'completed-with-warnings',
  [TaskState.TASK_STATE_INCOMPLETE]: 'incomplete',
  [TaskState.TASK_STATE_STOPPED]: 'stopped',
  [TaskState.TASK_STATE_FAILED]: 'failed',
} as const;

const JOB_KINDS = {
  [JobKind.JOB_KIND_BACKUP]: 'backup',
  [JobKind.JOB_KIND_RESTORE]: 'restore',
  [JobKind.JOB_KIND_RETENTION]: 'retention',
  [JobKind.JOB_KIND_FREEING]: 'freeing',
  [JobKind.JOB_KIND_REBUILD]: 'rebuild',
  [JobKind.JOB_KIND_CHECK]: 'check',
  [JobKind.JOB_KIND_DELETION]: 'deletion',
  [JobKind.JOB_KIND_REWRITING]: 'rewriting',
} as const;
const KEY_KINDS = {
  [KeyKind.KEY_KIND_DEFAULT]: 'default',
  [KeyKind.KEY_KIND_USER_PASSWORD]: 'user-password',
  [KeyKind.KEY_KIND_CUSTOM]: 'custom',
  [KeyKind.KEY_KIND_OFF]: 'off',
} as const;
const CREDENTIAL_KINDS = {
  [CredentialKind.CREDENTIAL_KIND_SECRET]: 'secret',
  [CredentialKind.CREDENTIAL_KIND_CERTIFICATE]: 'certificate',
} as const;
const POLICIES = {
  [ConflictPolicy.CONFLICT_POLICY_OVERWRITE]: 'overwrite',
  [ConflictPolicy.CONFLICT_POLICY_SKIP]: 'skip',
  [ConflictPolicy.CONFLICT_POLICY_KEEP_BOTH]: 'keep-both',
} as const;

/** The word for a number of the wire; a number without a word is a defect of the service that sent it. */
function wordIn<const Words extends Readonly<Record<number, string>>>(what: string, words: Words) {
  return (wire: number): Words[keyof Words] => {
    const word = words[wire];
    if (word === undefined) throw new Error(`the ${what} ${wire} has no word`);
    return word as Words[keyof Words];
  };
}

export const jobStateOf = wordIn('job state', JOB_STATES);
export const taskStateOf = wordIn('task state', TASK_STATES);
export const jobKindOf = wordIn('job kind', JOB_KINDS);
export const keyKindOf = wordIn('key kind', KEY_KINDS);
export const credentialKindOf = wordIn('credential kind', CREDENTIAL_KINDS);
export const policyOf = wordIn('conflict policy', POLICIES);

/** The wire's number for each conflict policy. */
export const WIRE_POLICIES = {
  overwrite: ConflictPolicy.CONFLICT_POLICY_OVERWRITE,
  skip: ConflictPolicy.CONFLICT_POLICY_SKIP,
  'keep-both': ConflictPolicy.CONFLICT_POLICY_KEEP_BOTH,
} as const;

/** The wire's number for each way to match. */
export const WIRE_MATCHES = {
  contains: MatchKind.MATCH_KIND_CONTAINS,
  exact: MatchKind.MATCH_KIND_EXACT,
  'starts-with': MatchKind.MATCH_KIND_STARTS_WITH,
  'ends-with': MatchKind.MATCH_KIND_ENDS_WITH,
} as const;

/** The wire says "none" with an empty text or 0; the API leaves the field out. */
export function known<T extends string | number>(value: T): T | undefined {
  return value === '' || value === 0 ? undefined : value;
}

/** A list as the wire pages it. */
export function pageView<Row>(rows: readonly Row[], nextPageToken: string): { rows: Row[]; nextPageToken?: string } {
  return { rows: [...rows], ...(nextPageToken !== '' && { nextPageToken }) };
}

/** Paging fields as the wire wants them. */
export function wirePage({ pageSize, pageToken }: { pageSize?: number | undefined; pageToken?: string | undefined }) {
  return { pageSize: pageSize ?? 0, pageToken: pageToken ?? '' };
}
