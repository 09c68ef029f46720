/** An entry as it is known from elsewhere. */
export interface KnownEntry {
  readonly number: number;
  readonly hash: string;
}

/** Says what a trail's newest entry was at a time. Kept elsewhere, it shows later that the trail was cut off or written anew. */
export interface AuditCheckpoint {
  /** All zeros for the provider's own trail. */
  readonly tenantId: string;
  readonly number: number;
  /** Of the entry, lower-case hexadecimal. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Names the key that signs. */
  readonly keyId: string;
}

const FORM = /^holdfast-audit-1\.([0-9a-f-]{36})\.(\d{1,15})\.([0-9a-f]{64})\.(\d{1,15})\.([0-9a-f]{16})\.([\w-]{86})$/;

/** What is signed: a checkpoint's text without its last part. Specified in services/gateway/README.md#checkpoints. */
export function statementOf({ tenantId, number, hash, atMs, keyId }: AuditCheckpoint): string {
  return `holdfast-audit-1.${tenantId}.${number}.${hash}.${atMs}.${keyId}`;
}

/** Reads a checkpoint's text; undefined when it is none. The signature is still to be checked. */
export function parseCheckpoint(text: string): (AuditCheckpoint & { readonly signature: string }) | undefined {
  const [, tenantId, number, hash, atMs, keyId, signature] = FORM.exec(text.trim()) ?? [];
  if (tenantId === undefined || hash === undefined || keyId === undefined || signature === undefined) return undefined;
  return { tenantId, number: Number(number), hash, atMs: Number(atMs), keyId, signature };
}
