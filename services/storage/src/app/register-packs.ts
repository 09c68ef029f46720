import type { GrantClaims } from '@holdfast/contracts';
import type { Destination } from '@holdfast/destinations';
import { AppError, isAppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { packObjectName, readPackContents } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { ChunkIndex, type ClaimedPack, type PackEntries, type RegisteredPack } from './chunk-index.port.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, isDestinationFailure } from './destination-health.js';
import { IndexKeys } from './index-keys.port.js';
import { inspectObject } from './inspect-object.js';
import { fenceOf } from './task-fence.js';
import { VaultFilters } from './vault-filters.js';
import { Vaults } from './vaults.port.js';

/** Packs whose trailers are read at the same time. */
const CONCURRENT_READS = 4;

/** Takes packs into the index, after each trailer was read back from the destination and says what the crawler says. */
@Injectable()
export class RegisterPacks {
  constructor(
    private readonly vaults: Vaults,
    private readonly index: ChunkIndex,
    private readonly directory: DestinationDirectory,
    private readonly indexKeys: IndexKeys,
    private readonly health: DestinationHealth,
    private readonly filters: VaultFilters,
  ) {}

  async run(claims: GrantClaims, packs: readonly ClaimedPack[]): Promise<void> {
    const { tenant, vault } = claims;
    const destinations = await this.vaults.destinationsOf(tenant, vault);
    const stranger = packs.find(({ destinationId }) => !destinations.includes(destinationId));
    if (stranger)
      // It was taken away since it gave the place, or never was one: whoever holds the pack asks for another place.
      throw new AppError(
        'STORE_UNAVAILABLE',
        'The vault does not use the destination of a pack. Ask for another place.',
        {
          context: { destinationId: stranger.destinationId },
        },
      );
    const { key } = await this.indexKeys.of(tenant, vault);
    for (let at = 0; at < packs.length; at += CONCURRENT_READS) {
      const some = packs.slice(at, at + CONCURRENT_READS);
      const readBack = await Promise.all(some.map((pack) => this.#readBack(tenant, vault, pack, key)));
      for (const pack of readBack) {
        // Whoever was fenced while the trailer was read has nothing taken any more.
        const packNo = await this.index.register(tenant, vault, pack, proofOf(pack), fenceOf(claims));
        const chunks = pack.entries.map(({ chunkId }) => chunkId);
        this.filters.registered(tenant, vault, packNo, chunks);
      }
    }
  }

  /** The sealed trailer proves length, entries and branch: nobody without the vault's keys can make one. */
  async #readBack(tenant: TenantId, vault: VaultId, pack: ClaimedPack, indexKey: Uint8Array): Promise<RegisteredPack> {
    const destination = await this.directory.open(tenant, vault, pack.destinationId);
    const name = packObjectName(pack.name);
    const read = (offset: number, length: number) => destination.read(name, { offset, length });
    const { header, entries } = await this.health.watch(tenant, pack.destinationId, () =>
      readPackContents(read, pack.bytes, indexKey).catch(async (error: unknown) => {
        throw isDestinationFailure(error) || (await holdsWhole(destination, pack))
          ? named(pack, error)
          : notKept(pack, error);
      }),
    );
    if (header.branch !== pack.branch || !isDeepStrictEqual(entries, pack.entries))
      throw new AppError(
        'INVALID_ARGUMENT',
        'entries have to be those of the pack: its own trailer says something else.',
        {
          context: { field: 'entries', pack: pack.name },
        },
      );
    return { ...pack, packId: header.packId };
  }
}

/** Whether the destination holds what was put: a pack's name is the hash of its bytes. */
async function holdsWhole(destination: Destination, { name }: ClaimedPack): Promise<boolean> {
  return (await inspectObject(destination, packObjectName(name)))?.sha256 === name;
}

/**
 * A pack that was just put and is not there, or only in part, is the destination's failure: whoever put it has it still, and puts it
 * again, there or elsewhere.
 */
function notKept({ name, destinationId }: ClaimedPack, cause: unknown): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    `Destination ${destinationId} said that it has stored pack ${name}, and does not hold it as it was. It is written again; if this goes on, do not rely on the destination.`,
    { context: { pack: name, destinationId }, cause },
  );
}

/** The failure with the pack and the destination that it is about. */
function named({ name, destinationId }: ClaimedPack, error: unknown): unknown {
  if (!isAppError(error)) return error;
  const { context, ...details } = error.details;
  return new AppError(error.code, `Pack ${name} at destination ${destinationId}: ${error.message}`, {
    ...details,
    context: { ...context, pack: name, destinationId },
  });
}

/** Throws VAULT_OBJECT_INVALID unless every chunk of the pack's own trailer has its place, as the trailer says or in a pack that had it before, and there are no others. */
export function proofOf({ name, entries }: RegisteredPack): (placed: readonly PackEntries[]) => void {
  return (placed) => {
    const claimed = new Map(entries.map((entry) => [entry.chunkId, entry]));
    const found = placed.flatMap((one) => one.entries.map((entry) => ({ entry, isHere: one.pack === name })));
    const isAsClaimed = ({ entry, isHere }: (typeof found)[number]) =>
      claimed.has(entry.chunkId) && (!isHere || isDeepStrictEqual(entry, claimed.get(entry.chunkId)));
    if (found.length === claimed.size && found.every(isAsClaimed)) return;
    throw new AppError('VAULT_OBJECT_INVALID', 'The chunk index did not take a pack as its trailer says.', {
      context: { pack: name, claimed: claimed.size, found: found.length },
    });
  };
}
