import type { AffectedItemView } from '@holdfast/contracts/api';
import type { AffectedItem } from '@holdfast/contracts/storage/v1';
import { isAppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Peers } from './peers.port.js';

const PRESET_PAGE = 50;
/** Items whose names are asked for at the same time. */
const LOOK_UPS = 8;

/** Whose vault is asked about, and by whom. */
export interface AffectedOf {
  readonly tenantId: string;
  readonly vaultId: string;
  readonly actor: string;
}

export interface AffectedPage {
  readonly rows: readonly AffectedItemView[];
  /** Empty at the end. */
  readonly next: string;
}

/** Names the items that need what no destination holds whole. Their names come from the vault, a page at a time, and are kept nowhere. */
@Injectable()
export class ListAffectedItems {
  constructor(private readonly peers: Peers) {}

  async page(of: AffectedOf, pageSize = PRESET_PAGE, pageToken = ''): Promise<AffectedPage> {
    const { tenantId, vaultId } = of;
    const { items, nextPageToken } = await this.peers.vaults.listAffectedItems({
      tenantId,
      vaultId,
      pageSize,
      pageToken,
    });
    const rows: AffectedItemView[] = [];
    for (let at = 0; at < items.length; at += LOOK_UPS) {
      const some = items.slice(at, at + LOOK_UPS);
      rows.push(...(await Promise.all(some.map(async (item) => viewOf(item, await this.#path(of, item))))));
    }
    return { rows, next: nextPageToken };
  }

  /** Empty where the snapshot is gone by now, or its listing is what is damaged: the ids still say which item it is. */
  async #path({ tenantId, vaultId, actor }: AffectedOf, item: AffectedItem): Promise<readonly string[]> {
    const { resourceId, itemId, sinceSnapshotId: snapshotId } = item;
    if (itemId === '') return [];
    try {
      const place = { tenantId, vaultId, resourceId, snapshotId, actor };
      const { path, name } = await this.peers.browse.getItem({ place, itemId });
      return [...path, name];
    } catch (error) {
      if (isAppError(error) && error.retry === 'never') return [];
      throw error;
    }
  }
}

function viewOf(item: AffectedItem, path: readonly string[]): AffectedItemView {
  const { backupSetId, resourceId, itemId, kind, sinceSnapshotId, sinceNumber, sinceAtMs, untilNumber, untilAtMs } =
    item;
  return {
    backupSetId,
    resourceId,
    itemId,
    kind,
    path: [...path],
    since: { snapshotId: sinceSnapshotId, number: sinceNumber, jobStartedAtMs: sinceAtMs },
    ...(untilAtMs > 0 && { until: { number: untilNumber, jobStartedAtMs: untilAtMs } }),
    state: item.state as AffectedItemView['state'],
  };
}
