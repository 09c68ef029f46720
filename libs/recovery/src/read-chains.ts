import { AppError, isAppError, type SnapshotId } from '@holdfast/kernel';
import {
  opaqueResourceId,
  snapshotIdOf,
  type SnapshotHeader,
  snapshotObjectName,
  verifySnapshot,
} from '@holdfast/vault';
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
 * The state of every chain as of an instant (milliseconds since the epoch; the newest where it is left out): of the snapshots whose job
 * had started by then and that are whole, or were stored before one of their chain that is, the one of the highest generation, then of the
 * latest job, then of the highest number (docs/format/v1.md#snapshot-names).
 */
export async function readChains(
  { destination, signingKeys, keys }: FoundVault,
  catalogue: PackCatalogue,
  asOf = Infinity,
): Promise<ReadChains> {
  const chains = new Map<string, Candidates>();
  const damaged: DamagedSnapshot[] = [];
  for await (const { name } of destination.list('snapshots/')) {
    const object = await buffer(await destination.get(name));
    try {
      const header = verifySnapshot(object, keys, signingKeys);
      requirePlace(name, header, keys.indexKey);
      const chain = `${header.set} ${header.resource}`;
      const candidates = chains.get(chain) ?? new Candidates(asOf);
      chains.set(chain, candidates);
      const isWhole = header.newPacks.every((pack) => catalogue.hasPack(pack));
      candidates.add({ name, snapshot: snapshotIdOf(object), header }, isWhole);
    } catch (error) {
      damaged.push({ name, reason: reasonOf(error) });
    }
  }
  const ordered = [...chains].sort(([one], [other]) => (one < other ? -1 : 1));
  return { chains: ordered.flatMap(([, candidates]) => candidates.chosen() ?? []), damaged };
}

type Found = Omit<ChainState, 'snapshots'>;

/**
 * What has to be remembered of a chain while its snapshots come in the order in which they were stored, as their names do. What comes before
 * one that is whole was whole when it was followed, though space freeing has moved its packs since.
 */
class Candidates {
  #count = 0;
  /** Of those that count by the instant and are whole, the newest state. */
  #newest: Found | undefined;
  /** The same of those that no whole one has followed yet. */
  #unproven: Found | undefined;

  constructor(private readonly asOf: number) {}

  add(found: Found, isWhole: boolean): void {
    this.#count += 1;
    if (found.header.jobStartedAt <= this.asOf) this.#unproven = newerOf(found, this.#unproven);
    if (!isWhole || !this.#unproven) return;
    this.#newest = newerOf(this.#unproven, this.#newest);
    this.#unproven = undefined;
  }

  chosen(): ChainState | undefined {
    return this.#newest && { ...this.#newest, snapshots: this.#count };
  }
}

/** Another snapshot of the vault put under this name, an older one say, is no snapshot of this place, however well signed. */
function requirePlace(name: string, header: SnapshotHeader, indexKey: Uint8Array): void {
  const { tenant, set, resource, generation, number } = header;
  const own = snapshotObjectName(opaqueResourceId(tenant, set, resource, indexKey), generation, number);
  if (name === own) return;
  throw new AppError('VAULT_OBJECT_INVALID', `The stored snapshot is damaged: it belongs under the name ${own}.`, {
    context: { object: name },
  });
}

function newerOf(one: Found, other: Found | undefined): Found {
  return other && !isNewer(one.header, other.header) ? other : one;
}

/** Of two states of a chain. The number tells the order in which they were stored: one that is made anew keeps the start of its job. */
function isNewer(one: SnapshotHeader, other: SnapshotHeader): boolean {
  if (one.generation !== other.generation) return one.generation > other.generation;
  if (one.jobStartedAt !== other.jobStartedAt) return one.jobStartedAt > other.jobStartedAt;
  return one.number > other.number;
}

function reasonOf(error: unknown): string {
  if (isAppError(error, 'VAULT_OBJECT_INVALID') || isAppError(error, 'KEY_WRONG')) return error.message;
  throw error;
}
