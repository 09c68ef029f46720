import {
  freeingReportView,
  jobView,
  newFreeing,
  page,
  snapshotShareQuery,
  snapshotShareView,
  type FreeingReportView,
  type JobView,
} from '@holdfast/contracts/api';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { jobViewOf } from './job.routes.js';
import { Route, type Asked } from './route.js';
import { pageView, wirePage } from './words.js';

/** What nothing in a set's vault needs any more. */
@Controller()
export class FreeingRoutes {
  constructor(private readonly peers: Peers) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/freeing-jobs',
    permission: 'backup-sets:change',
    summary: "Free what nothing in the set's vault needs any more; refused while one of the set runs",
    body: newFreeing,
    response: jobView,
    status: 201,
    audit: { action: 'freeing.start', is: 'change' },
  })
  async start({
    params,
    body,
  }: Asked<'tenantId' | 'backupSetId', undefined, z.output<typeof newFreeing>>): Promise<JobView> {
    return jobViewOf(await this.peers.jobs.startFreeing({ ...params, ...body }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/freeing-report',
    permission: 'snapshots:read',
    summary: "How many packs of the set's vault its newest space freeing kept, freed or repacked, and why",
    response: freeingReportView,
  })
  async report({ params }: Asked<'tenantId' | 'backupSetId'>): Promise<FreeingReportView> {
    const { vaultId } = await this.peers.backupSets.getBackupSet(params);
    const { tenantId } = params;
    const { jobId, decidedAtMs, needed, ...report } = await this.peers.vaults.getFreeingReport({ tenantId, vaultId });
    const shares = report.shares.map(withoutZero);
    const waiting = report.waiting.map(({ untilMs, ...share }) => ({ ...share, ...(untilMs > 0 && { untilMs }) }));
    const told = { ...(jobId !== '' && { jobId, decidedAtMs }), ...(needed && { needed }) };
    return freeingReportView.parse({ ...withoutZero(report), shares, waiting, ...told });
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/freeing-report/snapshots',
    permission: 'snapshots:read',
    summary:
      'What the newest dry run of a space freeing would get of each snapshot of the set if it alone went, the largest first',
    query: snapshotShareQuery,
    response: page(snapshotShareView),
  })
  async snapshots({ params, query }: Asked<'tenantId' | 'backupSetId', z.output<typeof snapshotShareQuery>>) {
    const { vaultId } = await this.peers.backupSets.getBackupSet(params);
    const { shares, nextPageToken } = await this.peers.vaults.listSnapshotShares({
      ...params,
      vaultId,
      ...wirePage(query),
    });
    return pageView(shares, nextPageToken);
  }
}

/** Without the end of locks where there are none. */
const withoutZero = <Report extends { readonly lockedUntilMs: number }>({ lockedUntilMs, ...rest }: Report) => ({
  ...rest,
  ...(lockedUntilMs > 0 && { lockedUntilMs }),
});
