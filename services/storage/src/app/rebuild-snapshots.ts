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
import { ReturningSnapshots } from './returning-snapshots.port.js';

const CONCURRENT_READS = 8;

/** Brings snapshots back that are genuine and whose packs are all there, and gives each chain its head. Removed ones stay removed. */
@Injectable()
export class RebuildSnapshots {
  constructor(
    private readonly newObjects: NewObjects,
    private readonly returning: ReturningSnapshots,
    private readonly damaged: DamagedCopies,
    private readonly logger: Logger,
  ) {}

  async run(scene: RebuildScene, removed: RemovedChains): Promise<void> {
    for await (const page of this.newObjects.below(scene, 'snapshots/'))
      for (let at = 0; at < page.length; at += CONCURRENT_READS)
        await Promise.all(page.slice(at, at + CONCURRENT_READS).map((object) => this.#take(scene, object, removed)));
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

  async #take(scene: RebuildScene, object: NewObject, removed: RemovedChains): Promise<void> {
    const { tenant, vault, id, destination, keys, counts, taken } = scene;
    const { name } = object;
    try {
      const sealed = await buffer(await destination.get(name));
      const header = verifySnapshot(sealed, { cipher: keys.cipher, indexKey: keys.key }, keys.signingKeys);
      requirePlace(scene, name, header);
      const isRemoved = removed.has(header);
      if (!isRemoved && (await this.returning.lacksAny(tenant, vault, header.newPacks))) {
        counts.snapshotsIncomplete += 1;
        this.logger.warn('A snapshot is left out: packs of it are missing', { destinationId: id, object: name });
        return;
      }
      const returning = { snapshot: snapshotIdOf(sealed), header, sealed, objectName: name, isRemoved };
      await this.returning.takeBack(tenant, returning, id);
      if (isRemoved) counts.snapshotsRemoved += 1;
      else counts.snapshots += 1;
      if (!object.isElsewhere) taken.snapshotsTaken += 1;
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.damaged.note(scene, object, 'snapshotsDamaged', error);
    }
  }
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
