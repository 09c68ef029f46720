import type { JobId, TenantId, VaultId } from '@holdfast/kernel';
import type { SampledVault } from '../domain/sample-turn.js';

/** The vaults of all tenants that backup sets use. */
export abstract class SampledVaults {
  /** In the order of their ids, those after `after`; at most `size`. */
  abstract page(
    after: VaultId | undefined,
    size: number,
  ): Promise<readonly (SampledVault & { readonly tenantId: TenantId })[]>;
  /** Those of the jobs that were started whole. */
  abstract started(jobs: readonly JobId[]): Promise<ReadonlySet<JobId>>;
}
