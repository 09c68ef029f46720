export type Importance = 'low' | 'normal' | 'high';

/** `followupFlag` (docs: graph/api/resources/followupflag). Instants in ms. */
export interface Flag {
  readonly status: 'notFlagged' | 'complete' | 'flagged';
  readonly startAt?: number;
  readonly dueAt?: number;
  readonly completedAt?: number;
}

export const NOT_FLAGGED: Flag = { status: 'notFlagged' };
