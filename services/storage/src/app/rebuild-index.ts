import { AppError, parsePackName } from '@holdfast/kernel';
import { GENERATIONS_PREFIX, packObjectName, readPackContents, VAULT_HEADER_OBJECT } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { ChunkIndex, type RegisteredPack } from './chunk-index.port.js';
import { DamagedCopies } from './damaged-copies.js';
import { inspectObject } from './inspect-object.js';
import { NewObjects, type NewObject } from './new-objects.js';
import { ObjectPlaces } from './object-places.port.js';
import { isDamage, type RebuildScene } from './rebuild-scene.js';
import { proofOf } from './register-packs.js';
import { VaultFilters } from './vault-filters.js';

/** Packs whose trailers are read at the same time. */
const CONCURRENT_READS = 8;
/** The header, the key objects and the generations: small, and copied to destinations that lack them like everything else. */
const SMALL_PREFIXES = [VAULT_HEADER_OBJECT, 'keys/', GENERATIONS_PREFIX];

/** Brings the chunk index back from the packs' own trailers, with the index key alone. */
@Injectable()
export class RebuildIndex {
  constructor(
    private readonly newObjects: NewObjects,
    private readonly places: ObjectPlaces,
    private readonly index: ChunkIndex,
    private readonly filters: VaultFilters,
    private readonly damaged: DamagedCopies,
  ) {}

  async run(scene: RebuildScene): Promise<void> {
    for (const prefix of SMALL_PREFIXES)
      for await (const page of this.newObjects.below(scene, prefix))
        for (const object of page) await this.#takeSmall(scene, object);
    for await (const page of this.newObjects.below(scene, 'packs/'))
      for (let at = 0; at < page.length; at += CONCURRENT_READS)
        await this.#takePacks(scene, page.slice(at, at + CONCURRENT_READS));
  }

  /** What the vault's keys have proven is known already: whatever else lies under a name of these is damaged. */
  async #takeSmall(scene: RebuildScene, object: NewObject): Promise<void> {
    const { tenant, vault, id, destination } = scene;
    const { name } = object;
    const found = await inspectObject(destination, name);
    const proven = await this.places.hashOf(tenant, vault, name);
    if (!found || (proven !== undefined && proven !== found.sha256))
      await this.damaged.note(scene, object, 'keysDamaged');
    else await this.places.add(tenant, vault, { name, ...found }, id);
  }

  /** One after the other into the index: two packs may have chunks in common. */
  async #takePacks(scene: RebuildScene, objects: readonly NewObject[]): Promise<void> {
    const { tenant, vault, counts, taken } = scene;
    const packs = await Promise.all(objects.map((object) => this.#read(scene, object)));
    for (const [at, pack] of packs.entries()) {
      if (!pack) continue;
      const packNo = await this.index.register(tenant, vault, pack, proofOf(pack));
      const chunks = pack.entries.map(({ chunkId }) => chunkId);
      this.filters.registered(tenant, vault, packNo, chunks);
      counts.packs += 1;
      counts.chunks += chunks.length;
      if (objects[at]?.isElsewhere === false) taken.packsTaken += 1;
    }
  }

  /** Undefined for an object that is no whole pack. */
  async #read(scene: RebuildScene, object: NewObject): Promise<RegisteredPack | undefined> {
    const { destination, id, keys } = scene;
    const { name, bytes } = object;
    const read = (offset: number, length: number) => destination.read(name, { offset, length });
    try {
      const pack = parsePackName(name.split('/').at(-1) ?? '');
      if (name !== packObjectName(pack)) throw brokenName(name);
      const { header, entries } = await readPackContents(read, bytes, keys.key);
      return { name: pack, bytes, branch: header.branch, destinationId: id, entries, packId: header.packId };
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.damaged.note(scene, object, 'packsDamaged', error);
      return undefined;
    }
  }
}

function brokenName(object: string): AppError {
  return new AppError('VAULT_OBJECT_INVALID', 'The object does not lie where a pack of its name lies.', {
    context: { object },
  });
}
