/** `asked` is written before anything is done, so that nothing is done unseen; `done` or `failed` follows a change. */
export type AuditOutcome = 'asked' | 'done' | 'failed';

/** What somebody did or asked for: ids only. */
export interface AuditEvent {
  readonly actor: string;
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** Ids of what was acted on, by the name of the id. */
  readonly target: Readonly<Record<string, string>>;
  /** Of a failure, else empty. */
  readonly errorCode: string;
  readonly requestId: string;
}

/** An event in its place in a tenant's trail. */
export interface AuditEntry extends AuditEvent {
  readonly tenantId: string;
  /** Counts up from 1 without gaps. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Hash of the entry before, lower-case hexadecimal; of the first: 64 zeros. */
  readonly previousHash: string;
}

/** What the first entry of a trail has for a previous hash. */
export const NO_ENTRY_HASH = '0'.repeat(64);

/** The text whose SHA-256 is the entry's hash; the same for equal entries. Specified in services/gateway/README.md#audit-trail. */
export function canonicalText(entry: AuditEntry): string {
  const target = Object.entries(entry.target).sort(([a], [b]) => (a < b ? -1 : 1));
  const { tenantId, number, atMs, actor, action, outcome, errorCode, requestId, previousHash } = entry;
  return JSON.stringify([tenantId, number, atMs, actor, action, outcome, target, errorCode, requestId, previousHash]);
}
