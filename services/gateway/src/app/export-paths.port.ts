import type { TenantId } from '@holdfast/kernel';

/** Remembers where restore serves an export, so that any gateway can fetch it. Holds paths of minutes, no names. */
export abstract class ExportPaths {
  /** Replaces nothing: an id is given once. Forgets expired ones of the tenant. */
  abstract add(tenant: TenantId, exportId: string, path: string, expiresAtMs: number, nowMs: number): Promise<void>;
  /** NOT_FOUND when unknown or expired. */
  abstract find(tenant: TenantId, exportId: string, nowMs: number): Promise<string>;
}
