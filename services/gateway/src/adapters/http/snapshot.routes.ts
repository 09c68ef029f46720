import {
  folderQuery,
  itemView,
  logRowView,
  page,
  pageQuery,
  snapshotQuery,
  snapshotView,
  type ItemView,
  type SnapshotView,
} from '@holdfast/contracts/api';
import type { LogRow } from '@holdfast/contracts/restore/v1';
import type { Snapshot } from '@holdfast/contracts/storage/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { FindSnapshots } from '../../app/find-snapshots.js';
import { Peers } from '../../app/peers.port.js';
import { itemViewOf } from './item-view.js';
import { Route, type Asked } from './route.js';
import { known, pageView, wirePage } from './words.js';

type InSnapshot = 'tenantId' | 'vaultId' | 'resourceId' | 'snapshotId';
type AsOfJob = 'tenantId' | 'jobId' | 'resourceId';

const logQuery = pageQuery(500);

/** What was kept: snapshots, and what they list. */
@Controller()
export class SnapshotRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly find: FindSnapshots,
  ) {}

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/snapshots',
    permission: 'snapshots:read',
    summary:
      'List snapshots of a vault, set or job, newest first; or the newest of each resource as of a job or an instant',
    query: snapshotQuery,
    response: page(snapshotView),
  })
  async list({ params, query }: Asked<'tenantId', z.output<typeof snapshotQuery>>) {
    const { tenantId } = params;
    const { vaultId, backupSetId, jobId, asOfJobId, asOfMs } = query;
    const at = await this.find.locate(tenantId, { vaultId, backupSetId, jobId: asOfJobId ?? jobId, asOfMs });
    const isAsOf = asOfJobId !== undefined || asOfMs !== undefined;
    const { snapshots, nextPageToken } = await this.peers.snapshots.listSnapshots({
      tenantId,
      vaultId: at.vaultId,
      backupSetId: at.backupSetId,
      jobId: jobId ?? '',
      resourceId: query.resourceId ?? '',
      asOfMs: isAsOf ? at.asOfMs : 0,
      ...wirePage(query),
    });
    return pageView(snapshots.map(snapshotViewOf), nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/vaults/:vaultId/resources/:resourceId/snapshots/:snapshotId/items',
    permission: 'content:read',
    summary: 'List a folder of a resource as a snapshot has it',
    query: folderQuery,
    response: page(itemView),
    audit: { action: 'content.browse', is: 'content' },
  })
  async folder({ params, query, caller }: Asked<InSnapshot, z.output<typeof folderQuery>>) {
    const folderId = query.folderId ?? '';
    const place = { ...params, actor: caller.keyId };
    const { items, nextPageToken } = await this.peers.browse.listFolder({ place, folderId, ...wirePage(query) });
    return pageView(items.map(itemViewOf), nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/vaults/:vaultId/resources/:resourceId/snapshots/:snapshotId/items/:itemId',
    permission: 'content:read',
    summary: 'Show an item as a snapshot has it',
    response: itemView,
    audit: { action: 'content.show', is: 'content' },
  })
  async item({ params: { itemId, ...at }, caller }: Asked<InSnapshot | 'itemId'>): Promise<ItemView> {
    return itemViewOf(await this.peers.browse.getItem({ place: { ...at, actor: caller.keyId }, itemId }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/resources/:resourceId/items',
    permission: 'content:read',
    summary: 'List a folder of a resource as it was as of a job',
    query: folderQuery,
    response: page(itemView),
    audit: { action: 'content.browse', is: 'content' },
  })
  async folderAsOf({ params, query, caller }: Asked<AsOfJob, z.output<typeof folderQuery>>) {
    const place = await this.#placeAsOf(params, caller.keyId);
    const folderId = query.folderId ?? '';
    const { items, nextPageToken } = await this.peers.browse.listFolder({ place, folderId, ...wirePage(query) });
    return pageView(items.map(itemViewOf), nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/resources/:resourceId/items/:itemId',
    permission: 'content:read',
    summary: 'Show an item as it was as of a job',
    response: itemView,
    audit: { action: 'content.show', is: 'content' },
  })
  async itemAsOf({ params, caller }: Asked<AsOfJob | 'itemId'>): Promise<ItemView> {
    const place = await this.#placeAsOf(params, caller.keyId);
    return itemViewOf(await this.peers.browse.getItem({ place, itemId: params.itemId }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/resources/:resourceId/log',
    permission: 'content:read',
    summary: 'List what became of the items of a resource that a job did not simply store',
    query: logQuery,
    response: page(logRowView),
    audit: { action: 'content.log', is: 'content' },
  })
  async log({ params, query, caller }: Asked<AsOfJob, z.output<typeof logQuery>>) {
    const { tenantId, jobId, resourceId } = params;
    const { vaultId, snapshotId } = await this.find.ofJob(tenantId, jobId, resourceId);
    const place = { tenantId, vaultId, resourceId, snapshotId, actor: caller.keyId };
    const { rows, nextPageToken } = await this.peers.browse.listJobLog({ place, ...wirePage(query) });
    return pageView<LogRow>(rows, nextPageToken);
  }

  async #placeAsOf({ tenantId, jobId, resourceId }: Asked<AsOfJob>['params'], actor: string) {
    const at = await this.find.locate(tenantId, { jobId });
    const { vaultId, snapshotId } = await this.find.ofResource(tenantId, at, resourceId);
    return { tenantId, vaultId, resourceId, snapshotId, actor };
  }
}

function snapshotViewOf(snapshot: Snapshot): SnapshotView {
  return {
    vaultId: snapshot.vaultId,
    snapshotId: snapshot.snapshotId,
    resourceId: snapshot.resourceId,
    backupSetId: snapshot.backupSetId,
    jobId: snapshot.jobId,
    number: snapshot.number,
    parentSnapshotId: known(snapshot.parentSnapshotId),
    jobStartedAtMs: snapshot.jobStartedAtMs,
    committedAtMs: snapshot.committedAtMs,
  };
}
