import { isAppError, type SnapshotId } from '@holdfast/kernel';
import { snapshotIdOf, type SnapshotHeader, verifySnapshot } from '@holdfast/vault';
import { buffer } from 'node:stream/consumers';
import type { FoundVault } from './find-vaults.js';
import type { PackCatalogue } from './pack-catalogue.js';

/** A resource of a backup set as one snapshot has it. */
export interface ChainState {
  /** Name of the snapshot's object. */
  readonly name: string;
  readonly snapshot: SnapshotId;
  readonly header: SnapshotHeader;
  /** Snapshots of the chain at the destination, whenever they were made. */
  readonly snapshots: number;
}

/** A snapshot object that is not what its name or its signature says. It is passed over. */
export interface DamagedSnapshot {
  readonly name: string;
  readonly reason: string;
}

export interface ReadChains {
  /** By set and resource. */
  readonly chains: readonly ChainState[];
  readonly damaged: readonly DamagedSnapshot[];
}

/**
 * The state of every chain as of an instant (milliseconds since the epoch; the newest where it is left out): of the snapshots
 * whose job had started by then, that of the highest generation and number whose packs are all there (docs/format/v1.md#snapshot-names).
 */
export async function readChains(
  { destination, signingKeys, keys }: FoundVault,
  catalogue: PackCatalogue,
  asOf = Infinity,
): Promise<ReadChains> {
  const chains = new Map<string, Omit<ChainState, 'snapshots'>>();
  const counts = new Map<string, number>();
  const damaged: DamagedSnapshot[] = [];
  for await (const { name } of destination.list('snapshots/')) {
    const object = await buffer(await destination.get(name));
    try {
      const header = verifySnapshot(object, keys, signingKeys);
      const chain = `${header.set} ${header.resource}`;
      counts.set(chain, (counts.get(chain) ?? 0) + 1);
      const best = chains.get(chain);
      const isEligible = header.jobStartedAt <= asOf && header.newPacks.every((pack) => catalogue.hasPack(pack));
      if (isEligible && (!best || isLater(header, best.header)))
        chains.set(chain, { name, snapshot: snapshotIdOf(object), header });
    } catch (error) {
      damaged.push({ name, reason: reasonOf(error) });
    }
  }
  const ordered = [...chains]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([chain, state]) => ({ ...state, snapshots: counts.get(chain) ?? 0 }));
  return { chains: ordered, damaged };
}

function isLater(one: SnapshotHeader, other: SnapshotHeader): boolean {
  return one.generation === other.generation ? one.number > other.number : one.generation > other.generation;
}

function reasonOf(error: unknown): string {
  if (isAppError(error, 'VAULT_OBJECT_INVALID') || isAppError(error, 'KEY_WRONG')) return error.message;
  throw error;
}
