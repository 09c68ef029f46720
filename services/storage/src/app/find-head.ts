import type { TenantId, VaultId } from '@holdfast/kernel';
import { finishStored } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { PerformCommit } from './perform-commit.js';
import { Snapshots, type ChainName, type StoredSnapshot } from './snapshots.port.js';

/** Gives the newest snapshot of a chain, after finishing it where a storage was lost between storing and putting it. */
@Injectable()
export class FindHead {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly performCommit: PerformCommit,
  ) {}

  async run(tenant: TenantId, vault: VaultId, chain: ChainName): Promise<StoredSnapshot | undefined> {
    const head = await this.snapshots.head(tenant, vault, chain);
    if (!head || head.committedAt !== undefined) return head;
    return this.performCommit.run({ tenant, vault }, finishStored(head.snapshotId));
  }
}
