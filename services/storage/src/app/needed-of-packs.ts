import type { TenantId, VaultId } from '@holdfast/kernel';
import type { CondemnedPacks } from './condemned-packs.port.js';
import type { IdHead, NeededIds } from './needed-ids.port.js';

const FIRST_BYTE_SHIFT = 56n;

/** Heads of the chunks that are needed of a pack. */
export type NeededOfPack = ReadonlySet<IdHead>;

/** Tells which chunks of a few packs are needed, reading each part of the needed ids once. */
export class NeededOfPacks {
  constructor(
    private readonly packs: Pick<CondemnedPacks, 'chunksOf'>,
    private readonly ids: Pick<NeededIds, 'part'>,
  ) {}

  /** Packs of which nothing is needed are absent. */
  async of(tenant: TenantId, vault: VaultId, packNos: readonly number[]): Promise<ReadonlyMap<number, NeededOfPack>> {
    const needed = new Map<number, Set<IdHead>>();
    let heads: BigUint64Array = new BigUint64Array();
    let [firstByte, at] = [-1n, 0];
    for await (const page of this.packs.chunksOf(tenant, vault, packNos))
      for (const { head, packNo } of page) {
        if (head >> FIRST_BYTE_SHIFT !== firstByte) {
          firstByte = head >> FIRST_BYTE_SHIFT;
          heads = await this.ids.part(Number(firstByte));
          at = 0;
        }
        while (at < heads.length && (heads[at] ?? 0n) < head) at++;
        if (heads[at] !== head) continue;
        const ofPack = needed.get(packNo) ?? new Set();
        needed.set(packNo, ofPack.add(head));
      }
    return needed;
  }
}
