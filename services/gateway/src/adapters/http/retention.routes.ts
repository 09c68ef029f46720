import { jobView, newRetention, page, retentionVerdictView, verdictQuery, type JobView } from '@holdfast/contracts/api';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { jobViewOf } from './job.routes.js';
import { Route, type Asked } from './route.js';
import { known, pageView, wirePage } from './words.js';

/** Which snapshots stay, and why. */
@Controller()
export class RetentionRoutes {
  constructor(private readonly peers: Peers) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/retention-jobs',
    permission: 'backup-sets:change',
    summary: "Let go of snapshots that the set's retention does not keep; refused while one of the set runs",
    body: newRetention,
    response: jobView,
    status: 201,
    audit: { action: 'retention.start', is: 'change' },
  })
  async start({
    params,
    body,
  }: Asked<'tenantId' | 'backupSetId', undefined, z.output<typeof newRetention>>): Promise<JobView> {
    return jobViewOf(await this.peers.jobs.startRetention({ ...params, ...body }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/retention-verdicts',
    permission: 'snapshots:read',
    summary:
      "What the set's newest retention said of each snapshot: kept because …, goes because …; and why those went that were let go",
    query: verdictQuery,
    response: page(retentionVerdictView),
  })
  async verdicts({ params, query }: Asked<'tenantId' | 'backupSetId', z.output<typeof verdictQuery>>) {
    const { vaultId } = await this.peers.backupSets.getBackupSet(params);
    const { verdicts, nextPageToken } = await this.peers.snapshots.listRetentionVerdicts({
      ...params,
      vaultId,
      ...wirePage(query),
    });
    const rows = verdicts.map(({ wentAtMs, ...said }) => ({ ...said, wentAtMs: known(wentAtMs) }));
    return pageView(rows, nextPageToken);
  }
}
