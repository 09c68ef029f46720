import type { DeletionView, RemainingBytes } from '@holdfast/contracts/api';
import type { TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { bytesThatRemain } from '../domain/remaining-bytes.js';
import { Peers } from './peers.port.js';

/** Says how far the sealed bytes have gone of what a deletion has removed. */
@Injectable()
export class RemainingOfDeletion {
  constructor(private readonly peers: Peers) {}

  /** Undefined before it has removed what was asked for. */
  async run(tenantId: TenantId, { vaultId, removedAtMs, freeing }: DeletionView): Promise<RemainingBytes | undefined> {
    if (removedAtMs === undefined) return undefined;
    const { snapshotsInUse = 0, packsToErase = 0 } = freeing ?? {};
    const hasEnded = freeing?.finishedAtMs !== undefined;
    const freed = await this.peers.vaults.getFreeingReport({ tenantId, vaultId });
    return bytesThatRemain(freed, { hasEnded, snapshotsInUse, packsToErase });
  }
}
