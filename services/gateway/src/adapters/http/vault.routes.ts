import { newRebuild, rebuildView, type RebuildView } from '@holdfast/contracts/api';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { RebuildVault } from '../../app/rebuild-vault.js';
import { jobViewOf } from './job.routes.js';
import { Route, type Asked } from './route.js';

/** Vaults that come back from their destinations. */
@Controller()
export class VaultRoutes {
  constructor(private readonly rebuildVault: RebuildVault) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/vault-rebuilds',
    permission: 'backup-sets:change',
    summary:
      'Bring a vault, its sets and its jobs back from a destination and the key, into an installation that does not have them',
    body: newRebuild,
    response: rebuildView,
    status: 201,
    audit: { action: 'vault.rebuild', is: 'change' },
  })
  async rebuild({ params, body }: Asked<'tenantId', undefined, z.output<typeof newRebuild>>): Promise<RebuildView> {
    const { found, job, warnings } = await this.rebuildVault.run(params.tenantId, body);
    const { vaultId, newestJobStartedAtMs, resourcesLookedAt, isEveryResource, isKnown } = found;
    return {
      vaultId,
      ...(newestJobStartedAtMs !== 0 && { newestJobStartedAtMs }),
      resourcesLookedAt,
      isEveryResource,
      isKnown,
      ...(job && { job: jobViewOf(job) }),
      warnings: [...warnings],
    };
  }
}
