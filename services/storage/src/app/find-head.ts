import { isAppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { finishStored, openSnapshotHeader } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { IndexKeys } from './index-keys.port.js';
import { PerformCommit } from './perform-commit.js';
import { Snapshots, type ChainName, type StoredSnapshot } from './snapshots.port.js';

/**
 * Gives the newest snapshot of a chain, after finishing it where a storage was lost between storing and putting it. Where its packs went with a
 * destination meanwhile, it is the one before.
 */
@Injectable()
export class FindHead {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly performCommit: PerformCommit,
    private readonly indexKeys: IndexKeys,
    private readonly logger: Logger,
  ) {}

  async run(tenant: TenantId, vault: VaultId, chain: ChainName): Promise<StoredSnapshot | undefined> {
    const head = await this.snapshots.head(tenant, vault, chain);
    if (!head || head.committedAt !== undefined) return head;
    try {
      return await this.performCommit.run({ tenant, vault }, finishStored(head.snapshotId));
    } catch (error) {
      // What else is at its name, and what it needs, is none of this.
      if (!isAppError(error) || isAppError(error, 'COMMIT_REFUSED')) throw error;
      if (!(await this.#giveUp(tenant, vault, head))) throw error;
      return this.snapshots.head(tenant, vault, chain);
    }
  }

  /** It would stay unfinished for ever where packs of it went with a destination. */
  async #giveUp(tenant: TenantId, vault: VaultId, head: StoredSnapshot): Promise<boolean> {
    const { key, cipher } = await this.indexKeys.of(tenant, vault);
    const { newPacks } = openSnapshotHeader(head.sealed, { cipher, indexKey: key });
    if (!(await this.snapshots.giveUp(tenant, head, newPacks))) return false;
    const { snapshotId, resourceId } = head;
    this.logger.warn('A stored snapshot that nobody was told of is given up: packs of it are away or gone', {
      snapshotId,
      resourceId,
    });
    return true;
  }
}
