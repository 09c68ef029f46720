import { parseJobId, parseTenantId, parseVaultId, type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { SampledVaults } from '../../app/sampled-vaults.port.js';
import type { SampledVault } from '../../domain/sample-turn.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

@Injectable()
export class PostgresSampledVaults extends SampledVaults {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override page(
    after: VaultId | undefined,
    size: number,
  ): Promise<readonly (SampledVault & { readonly tenantId: TenantId })[]> {
    return this.database.acrossTenants('vaults-to-sample', async (tx) => {
      const rows = await tx
        .selectFrom('backup_sets')
        .select((row) => ['tenant_id', 'vault_id', row.fn.min('created_at').as('known_since')])
        .$if(after !== undefined, (query) => query.where('vault_id', '>', after ?? ''))
        .groupBy(['tenant_id', 'vault_id'])
        .orderBy('vault_id')
        .limit(size)
        .execute();
      return rows.map(({ tenant_id, vault_id, known_since }) => ({
        tenantId: parseTenantId(tenant_id),
        vaultId: parseVaultId(vault_id),
        knownSinceMs: known_since.getTime(),
      }));
    });
  }

  override started(jobs: readonly JobId[]): Promise<ReadonlySet<JobId>> {
    return this.database.acrossTenants('vaults-to-sample', async (tx) => {
      if (jobs.length === 0) return new Set();
      const query = tx.selectFrom('jobs').select('job_id').where('job_id', 'in', jobs).where('is_open', '=', false);
      return new Set((await query.execute()).map(({ job_id }) => parseJobId(job_id)));
    });
  }
}
