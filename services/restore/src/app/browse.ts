import { AppError, isAppError, type ResourceId, type SnapshotId, type TenantId, type VaultId } from '@holdfast/kernel';
import {
  isFolder,
  isTop,
  decodeFolderKey,
  encodeFolderKey,
  type FolderKey,
  folderPrefix,
  type ItemRecord,
  type LogRow,
} from '@holdfast/vault';
import { DELETION_CAUSES } from '@holdfast/workloads';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ItemPaths } from './item-paths.js';
import { itemView, type ItemView } from './item-view.js';
import type { OpenedSnapshot } from './opened-vault.js';
import { OpenedVaults } from './opened-vaults.js';
import { readPageToken, writePageToken } from './page-token.js';
import type { Reading } from './vault-access.port.js';

/** One resource at one point in time, and who asks. */
export interface Place {
  readonly vaultId: VaultId;
  readonly resourceId: ResourceId;
  readonly snapshotId: SnapshotId;
  readonly actor: string;
}

export interface PageRequest {
  readonly size: number;
  readonly token: string;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Empty on the last page. */
  readonly next: string;
}

const folderToken = z.base64url().transform((text) => decodeFolderKey(Buffer.from(text, 'base64url')));
const rowToken = z.int().min(0);

/** Shows a resource as it was. */
@Injectable()
export class Browse {
  constructor(private readonly vaults: OpenedVaults) {}

  /** A folder's entries in the order of its listing; the folder '' is the resource's top. */
  async listFolder(tenant: TenantId, place: Place, folderId: string, page: PageRequest): Promise<Page<ItemView>> {
    const snapshot = await this.#open(tenant, place, 'browse');
    const { vault, body } = snapshot;
    const after = readPageToken(page.token, folderToken);
    const listedId = folderId === '' ? await topOf(snapshot) : folderId;
    const keys: FolderKey[] = [];
    let hasMore = false;
    const range = { prefix: folderPrefix(listedId), ...(after && { after }) };
    for await (const [key] of vault.folders.scan(body.folders, range)) {
      if (keys.length === page.size) {
        hasMore = true;
        break;
      }
      keys.push(key);
    }
    if (keys.length === 0 && folderId !== '') await requireFolder(snapshot, folderId);
    const records = await vault.items.getMany(
      body.items,
      keys.map(({ itemId }) => itemId),
    );
    const path = await new ItemPaths(snapshot).names(listedId);
    const last = keys.at(-1);
    return {
      rows: keys.flatMap(({ itemId }, at) => {
        const record = records[at];
        return record ? [itemView(itemId, record, path)] : [];
      }),
      next: hasMore && last ? writePageToken(Buffer.from(encodeFolderKey(last)).toString('base64url')) : '',
    };
  }

  async getItem(tenant: TenantId, place: Place, itemId: string): Promise<ItemView> {
    const snapshot = await this.#open(tenant, place, 'browse');
    const record = await itemOf(snapshot, itemId);
    return itemView(itemId, record, await new ItemPaths(snapshot).names(record.parentId));
  }

  /** Those of the items that any of the snapshots has, asked in their order; what a deletion has left of an item does not count. */
  async findItems(
    tenant: TenantId,
    { snapshotIds, ...of }: Omit<Place, 'snapshotId'> & { readonly snapshotIds: readonly SnapshotId[] },
    itemIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const snapshotId of snapshotIds) {
      const rest = itemIds.filter((id) => !found.has(id));
      if (rest.length === 0) break;
      const snapshot = await this.#open(tenant, { ...of, snapshotId }, 'browse').catch(passOverGone);
      if (!snapshot) continue;
      const { vault, body } = snapshot;
      for (const [at, record] of (await vault.items.getMany(body.items, rest)).entries())
        if (record && record.leftOut?.cause !== DELETION_CAUSES.deleted.code) found.add(rest[at] ?? '');
    }
    return found;
  }

  /** What became of the job's items that are not simply stored. Sealed in the vault: paths are the customer's own. */
  async listLog(tenant: TenantId, place: Place, page: PageRequest): Promise<Page<LogRow>> {
    const { vault, body } = await this.#open(tenant, place, 'log');
    const after = readPageToken(page.token, rowToken);
    const rows: LogRow[] = [];
    let last = after ?? 0;
    for await (const [number, row] of vault.log.scan(body.log, after === undefined ? {} : { after })) {
      if (rows.length === page.size) return { rows, next: writePageToken(last) };
      rows.push(row);
      last = number;
    }
    return { rows, next: '' };
  }

  async #open(tenant: TenantId, place: Place, reason: Reading['reason']): Promise<OpenedSnapshot> {
    const vault = await this.vaults.toRead(tenant, place.vaultId, { actor: place.actor, reason });
    return vault.snapshot(place.resourceId, place.snapshotId);
  }
}

/** Retention may have let it go meanwhile. */
function passOverGone(error: unknown): undefined {
  if (!isAppError(error, 'NOT_FOUND')) throw error;
}

/** The record of an item; NOT_FOUND when the snapshot has none. */
export async function itemOf({ vault, body, id }: OpenedSnapshot, itemId: string): Promise<ItemRecord> {
  const record = await vault.items.get(body.items, itemId);
  if (record) return record;
  throw new AppError('NOT_FOUND', 'The snapshot has no such item.', { context: { itemId, snapshotId: id } });
}

/** An item lists nothing, which would read as an empty folder. */
async function requireFolder(snapshot: OpenedSnapshot, folderId: string): Promise<void> {
  const { kind } = await itemOf(snapshot, folderId);
  if (isFolder(kind)) return;
  const rule = 'the id of a folder';
  throw new AppError('INVALID_ARGUMENT', `folderId has to be ${rule}: this one is of a ${kind}.`, {
    context: { field: 'folderId', rule, kind },
  });
}

/** The folder whose entries are the resource's top: the one nameless folder above all where there is one. */
async function topOf({ vault, body }: OpenedSnapshot): Promise<string> {
  let only = '';
  for await (const [{ itemId }] of vault.folders.scan(body.folders, { prefix: folderPrefix('') })) {
    if (only !== '') return '';
    only = itemId;
  }
  const record = only === '' ? undefined : await vault.items.get(body.items, only);
  return record && isTop(record) ? only : '';
}
