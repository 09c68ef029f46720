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
  { destination, header: { signingKey }, keys }: FoundVault,
  catalogue: PackCatalogue,
  asOf = Infinity,
): Promise<ReadChains> {
  const chains = new Map<string, ChainState>();
  const damaged: DamagedSnapshot[] = [];
  for await (const { name } of destination.list('snapshots/')) {
    const object = await buffer(await destination.get(name));
    try {
      const header = verifySnapshot(object, keys, signingKey);
      const chain = `${header.set} ${header.resource}`;
      const best = chains.get(chain);
      const snapshots = (best?.snapshots ?? 0) + 1;
      const isEligible = header.jobStartedAt <= asOf && header.newPacks.every((pack) => catalogue.hasPack(pack));
      const isBetter = isEligible && (!best || isLater(header, best.header));
      if (isBetter) chains.set(chain, { name, snapshot: snapshotIdOf(object), header, snapshots });
      else if (best) chains.set(chain, { ...best, snapshots });
    } catch (error) {
      damaged.push({ name, reason: reasonOf(error) });
    }
  }
  const ordered = [...chains].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, state]) => state);
  return { chains: ordered, damaged };
}

const isLater = (one: SnapshotHeader, other: SnapshotHeader) =>
  one.generation - other.generation || one.number - other.number;

function reasonOf(error: unknown): string {
  if (isAppError(error, 'VAULT_OBJECT_INVALID') || isAppError(error, 'KEY_WRONG')) return error.message;
  throw error;
}
