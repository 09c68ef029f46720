import type { TenantId, VaultId } from '@holdfast/kernel';
import type { CondemnedPacks, IndexedChunk } from './condemned-packs.port.js';
import type { IdHead, NeededIds } from './needed-ids.port.js';

const FIRST_BYTE_SHIFT = 56n;

/** Those of the chunks that are needed. They come in the order of their ids, so that each part of the needed ids is read once. */
export async function* neededAmong(
  chunks: AsyncIterable<readonly IndexedChunk[]>,
  ids: Pick<NeededIds, 'part'>,
): AsyncGenerator<IndexedChunk> {
  let heads: BigUint64Array = new BigUint64Array();
  let [firstByte, at] = [-1n, 0];
  for await (const page of chunks)
    for (const chunk of page) {
      const { head } = chunk;
      if (head >> FIRST_BYTE_SHIFT !== firstByte) {
        firstByte = head >> FIRST_BYTE_SHIFT;
        heads = await ids.part(Number(firstByte));
        at = 0;
      }
      while (at < heads.length && (heads[at] ?? 0n) < head) at++;
      if (heads[at] === head) yield chunk;
    }
}

/** The heads of the needed chunks of a few packs, by pack. Packs of which nothing is needed are absent. */
export async function neededOfPacks(
  tenant: TenantId,
  vault: VaultId,
  packNos: readonly number[],
  { packs, ids }: { readonly packs: Pick<CondemnedPacks, 'chunksOf'>; readonly ids: Pick<NeededIds, 'part'> },
): Promise<ReadonlyMap<number, ReadonlySet<IdHead>>> {
  const needed = new Map<number, Set<IdHead>>();
  for await (const { packNo, head } of neededAmong(packs.chunksOf(tenant, vault, packNos), ids)) {
    const ofPack = needed.get(packNo) ?? new Set();
    needed.set(packNo, ofPack.add(head));
  }
  return needed;
}
