import { AppError, type BackupSetId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import {
  opaqueResourceId,
  type SnapshotHeader,
  snapshotIdOf,
  snapshotObjectName,
  verifySnapshot,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import { DamagedCopies } from './damaged-copies.js';
import { NewObjects, type NewObject } from './new-objects.js';
import { isDamage, type RebuildScene } from './rebuild-scene.js';
import type { RemovedChains, ReplacedRange } from './removed-chains.js';
import { ReturningSnapshots, type ReturningSnapshot } from './returning-snapshots.port.js';

const CONCURRENT_READS = 8;

/**
 * Brings back snapshots that are genuine and whole, and gives each chain its head. Whole is what has all packs that it names, and what a later
 * snapshot of its chain follows that has: space freeing may have carried its chunks into others since. Removed ones stay removed.
 */
@Injectable()
export class RebuildSnapshots {
  constructor(
    private readonly newObjects: NewObjects,
    private readonly returning: ReturningSnapshots,
    private readonly damaged: DamagedCopies,
    private readonly logger: Logger,
  ) {}

  async run(scenes: readonly RebuildScene[], removed: RemovedChains): Promise<void> {
    const lacking = new Set<RebuildScene>();
    for (const scene of scenes)
      await inTurns(this.newObjects.below(scene, 'snapshots/'), async (object) => {
        if (await this.#take(scene, object, removed)) lacking.add(scene);
      });
    for (const scene of lacking) {
      const before = scenes.slice(0, scenes.indexOf(scene)).filter((other) => lacking.has(other));
      await inTurns(this.newObjects.left(scene, 'snapshots/'), (object) => this.#takeFollowed(scene, object, before));
    }
  }

  /** Where the later ones are there too; answers how many. */
  async retireReplaced(tenant: TenantId, vault: VaultId, ranges: readonly ReplacedRange[]): Promise<number> {
    let retired = 0;
    for (const range of ranges) retired += await this.returning.retireReplaced(tenant, vault, range);
    return retired;
  }

  /** Answers the sets that have chains. */
  chooseHeads(tenant: TenantId, vault: VaultId): Promise<readonly BackupSetId[]> {
    return this.returning.chooseHeads(tenant, vault);
  }

  /** Whether packs that it names are missing, so that it is not taken by itself. */
  async #take(scene: RebuildScene, object: NewObject, removed: RemovedChains): Promise<boolean> {
    const { tenant, vault, counts } = scene;
    try {
      const found = await this.#open(scene, object);
      const isRemoved = removed.has(found.header);
      if (!isRemoved && (await this.returning.lacksAny(tenant, vault, found.header.newPacks))) return true;
      await this.#takeBack(scene, object, { ...found, isRemoved });
      if (isRemoved && !object.isElsewhere) counts.snapshotsRemoved += 1;
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.damaged.note(scene, object, 'snapshotsDamaged', error);
    }
    return false;
  }

  /** Of what was left. The destinations before this one have told of it where they have it too. */
  async #takeFollowed(scene: RebuildScene, object: NewObject, before: readonly RebuildScene[]): Promise<void> {
    const { tenant, id, counts } = scene;
    const { name } = object;
    const found = await this.#open(scene, object).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      return undefined;
    });
    if (!found) return;
    if (await this.returning.isFollowed(tenant, found.header)) {
      await this.#takeBack(scene, object, { ...found, isRemoved: false });
      return;
    }
    for (const { destination } of before) if (await destination.head(name)) return;
    counts.snapshotsIncomplete += 1;
    this.logger.warn('A snapshot is left out: packs of it are missing', { destinationId: id, object: name });
  }

  async #open(scene: RebuildScene, { name }: NewObject): Promise<Omit<ReturningSnapshot, 'isRemoved'>> {
    const { destination, keys } = scene;
    const sealed = await buffer(await destination.get(name));
    const header = verifySnapshot(sealed, { cipher: keys.cipher, indexKey: keys.key }, keys.signingKeys);
    requirePlace(scene, name, header);
    return { snapshot: snapshotIdOf(sealed), header, sealed, objectName: name };
  }

  async #takeBack(scene: RebuildScene, { isElsewhere }: NewObject, returning: ReturningSnapshot): Promise<void> {
    const { tenant, id, counts, taken } = scene;
    await this.returning.takeBack(tenant, returning, id);
    if (isElsewhere) return;
    taken.snapshotsTaken += 1;
    if (!returning.isRemoved) counts.snapshots += 1;
  }
}

async function inTurns(
  pages: AsyncIterable<readonly NewObject[]>,
  take: (object: NewObject) => Promise<void>,
): Promise<void> {
  for await (const page of pages)
    for (let at = 0; at < page.length; at += CONCURRENT_READS)
      await Promise.all(page.slice(at, at + CONCURRENT_READS).map(take));
}

/** A genuine snapshot in another one's place, or of another vault, would stand for what it is not. */
function requirePlace({ tenant, vault, keys }: RebuildScene, name: string, header: SnapshotHeader): void {
  const chain = opaqueResourceId(header.tenant, header.set, header.resource, keys.key);
  const isInPlace =
    header.tenant === tenant &&
    header.vault === vault &&
    name === snapshotObjectName(chain, header.generation, header.number);
  if (isInPlace) return;
  throw new AppError('VAULT_OBJECT_INVALID', 'The snapshot lies under the name of another one.', {
    context: { object: name },
  });
}
