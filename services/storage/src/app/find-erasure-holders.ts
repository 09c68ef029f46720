import { openSnapshotHeader } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { CondemnedPacks } from './condemned-packs.port.js';
import { MarkedSnapshots } from './marked-snapshots.port.js';
import type { MarkedVault } from './marked-vault.js';
import { NewestOfChain } from './newest-of-chain.js';
import type { ChainName } from './snapshots.port.js';

/**
 * Finds the chains for whose newest snapshot packs stay that a deletion on request is not done with. Headers are read once more, so that
 * memory does not grow with what newest snapshots name.
 */
@Injectable()
export class FindErasureHolders {
  constructor(
    private readonly snapshots: MarkedSnapshots,
    private readonly packs: CondemnedPacks,
  ) {}

  async *run({ held, keys, begin, found, upTo, tally }: MarkedVault): AsyncGenerator<readonly ChainName[]> {
    if (!tally.hasHeldBack) return;
    const { tenantId, vaultId } = held.lease;
    let holders: ChainName[] = [];
    const newest = new NewestOfChain(0, async ({ backupSetId, resourceId }, headers) => {
      for (const { newPacks } of headers)
        for (const packNo of await this.packs.numbersOf(tenantId, vaultId, newPacks))
          if (tally.isHeldBack(packNo)) {
            holders.push({ backupSetId, resourceId });
            return;
          }
    });
    for await (const page of this.snapshots.chains(tenantId, vaultId, upTo, begin, found.work)) {
      held.signal.throwIfAborted();
      for (const snapshot of page) await newest.pass(snapshot, openSnapshotHeader(snapshot.sealed, keys));
      if (holders.length > 0) yield holders;
      holders = [];
    }
    await newest.end();
    if (holders.length > 0) yield holders;
  }
}
