import { isAppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Peers } from './peers.port.js';

/** Snapshots that items are looked for in together. */
const SNAPSHOTS_AT_ONCE = 50;
const DEADLINE_MS = 120_000;
/** Ids that a warning names. */
const NAMED = 10;

/** Items of one resource, and who asks. */
export interface ItemsOfResource {
  readonly tenantId: string;
  readonly backupSetId: string;
  readonly resourceId: string;
  readonly itemIds: readonly string[];
  readonly actor: string;
}

/** Looks up whether a set has ids in any snapshot of a resource, the newest first, so that a mistaken one is told before anybody approves it. */
@Injectable()
export class FindUnmatchedItems {
  constructor(private readonly peers: Peers) {}

  /** In words, none where every id fits; one of which nothing can be said is no reason to refuse what was asked. */
  async warnings(of: ItemsOfResource): Promise<readonly string[]> {
    try {
      const unmatched = await this.#unmatched(of);
      return unmatched.length > 0 ? [inWords(unmatched, of.itemIds.length)] : [];
    } catch (error) {
      if (!isAppError(error)) throw error;
      return [`Whether any snapshot of the resource has these ids could not be looked up: ${error.message}`];
    }
  }

  /** None where the resource has no snapshot: that is a warning of its own. */
  async #unmatched({ itemIds, actor, ...of }: ItemsOfResource): Promise<readonly string[]> {
    const { tenantId, resourceId } = of;
    const { vaultId } = await this.peers.backupSets.getBackupSet(of);
    let left = [...new Set(itemIds)];
    let hasSnapshots = false;
    let pageToken = '';
    do {
      const page = { jobId: '', asOfMs: 0, pageSize: SNAPSHOTS_AT_ONCE, pageToken };
      const { snapshots, nextPageToken } = await this.peers.snapshots.listSnapshots({ ...of, vaultId, ...page });
      const snapshotIds = snapshots.map(({ snapshotId }) => snapshotId);
      if (snapshotIds.length > 0) {
        hasSnapshots = true;
        const asked = { tenantId, vaultId, resourceId, snapshotIds, itemIds: left, actor };
        const found = new Set((await this.peers.browse.findItems(asked, { deadlineMs: DEADLINE_MS })).itemIds);
        left = left.filter((id) => !found.has(id));
      }
      pageToken = nextPageToken;
    } while (pageToken !== '' && left.length > 0);
    return hasSnapshots ? left : [];
  }
}

function inWords(unmatched: readonly string[], asked: number): string {
  const more = unmatched.length > NAMED ? `, and ${unmatched.length - NAMED} more` : '';
  return (
    `${unmatched.length} of ${asked} ids fit nothing in any snapshot of the resource: ${unmatched.slice(0, NAMED).join(', ')}${more}. ` +
    'If they are mistaken, withdraw the request and ask with ids as browse and search show them; approved, it only keeps them out of backups to come.'
  );
}
