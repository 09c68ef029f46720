import {
  affectedItemQuery,
  affectedItemView,
  findingQuery,
  findingView,
  jobView,
  newCheck,
  page,
  type FindingView,
  type JobView,
} from '@holdfast/contracts/api';
import type { Finding } from '@holdfast/contracts/storage/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ListAffectedItems } from '../../app/list-affected-items.js';
import { Peers } from '../../app/peers.port.js';
import { jobViewOf } from './job.routes.js';
import { Route, type Asked } from './route.js';
import { pageView, wirePage } from './words.js';

/** Whether what a vault holds is whole at its destinations. */
@Controller()
export class CheckRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly affected: ListAffectedItems,
  ) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/vaults/:vaultId/checks',
    permission: 'backup-sets:change',
    summary: 'Check a vault against its destinations and mend it; refused while one of the vault runs',
    body: newCheck,
    response: jobView,
    status: 201,
    audit: { action: 'vault.check', is: 'change' },
  })
  async start({ params, body }: Asked<'tenantId' | 'vaultId', undefined, z.output<typeof newCheck>>): Promise<JobView> {
    return jobViewOf(await this.peers.jobs.startCheck({ ...params, termsJson: JSON.stringify(body) }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/vaults/:vaultId/findings',
    permission: 'backup-sets:read',
    summary: 'What checks found wrong with objects of a vault, and what became of each',
    query: findingQuery,
    response: page(findingView),
  })
  async findings({ params, query }: Asked<'tenantId' | 'vaultId', z.output<typeof findingQuery>>) {
    // NOT_FOUND for a vault that the tenant does not have.
    await this.peers.keys.getVault(params);
    const { findings, nextPageToken } = await this.peers.vaults.listFindings({ ...params, ...wirePage(query) });
    return pageView(findings.map(findingViewOf), nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/vaults/:vaultId/affected-items',
    permission: 'content:read',
    summary: 'Items that need what no destination holds whole, by the snapshots that have them so',
    query: affectedItemQuery,
    response: page(affectedItemView),
    audit: { action: 'content.affected-items', is: 'content' },
  })
  async affectedItems({ params, query, caller }: Asked<'tenantId' | 'vaultId', z.output<typeof affectedItemQuery>>) {
    await this.peers.keys.getVault(params);
    const asked = { ...params, actor: caller.keyId };
    const { rows, next } = await this.affected.page(asked, query.pageSize, query.pageToken);
    return pageView(rows, next);
  }
}

function findingViewOf({ damage, state, mendedAtMs, ...same }: Finding): FindingView {
  return {
    ...same,
    damage: findingView.shape.damage.parse(damage),
    state: findingView.shape.state.parse(state),
    ...(mendedAtMs > 0 && { mendedAtMs }),
  };
}
