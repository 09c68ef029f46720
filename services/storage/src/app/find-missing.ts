import type { GrantClaims } from '@holdfast/contracts';
import type { ChunkId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { ChunkIndex } from './chunk-index.port.js';
import { fenceOf } from './task-fence.js';
import { VaultFilters } from './vault-filters.js';

/** Tells a task which chunks its vault lacks, and keeps the others for it. */
@Injectable()
export class FindMissing {
  constructor(
    private readonly filters: VaultFilters,
    private readonly index: ChunkIndex,
  ) {}

  /**
   * The index is asked, and its answer fenced, only for chunks that it may have. A holder that was replaced learns of nothing
   * else here: the packs it would make are refused when it asks for their places.
   */
  async run(claims: GrantClaims, chunks: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    const { tenant, vault } = claims;
    const likely = this.filters.likely(tenant, vault, chunks);
    const missing = new Set(chunks);
    if (likely.length === 0) return missing;
    for (const known of await this.index.findKnown(tenant, vault, fenceOf(claims), likely)) missing.delete(known);
    return missing;
  }
}
