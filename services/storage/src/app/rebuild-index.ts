import type { ObjectInfo } from '@holdfast/destinations';
import { AppError, parsePackName } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { GENERATIONS_PREFIX, packObjectName, readPackContents, VAULT_HEADER_OBJECT } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ChunkIndex, type RegisteredPack } from './chunk-index.port.js';
import { NewObjects } from './new-objects.js';
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
    private readonly logger: Logger,
  ) {}

  async run(scene: RebuildScene): Promise<void> {
    for (const prefix of SMALL_PREFIXES)
      for await (const page of this.newObjects.below(scene, prefix))
        for (const object of page) await this.#takeSmall(scene, object);
    for await (const page of this.newObjects.below(scene, 'packs/'))
      for (let at = 0; at < page.length; at += CONCURRENT_READS)
        await this.#takePacks(scene, page.slice(at, at + CONCURRENT_READS));
  }

  async #takeSmall({ tenant, vault, id, destination }: RebuildScene, { name }: ObjectInfo): Promise<void> {
    const content = await buffer(await destination.get(name));
    const sha256 = createHash('sha256').update(content).digest('hex');
    await this.places.add(tenant, vault, { name, bytes: content.byteLength, sha256 }, id);
  }

  /** One after the other into the index: two packs may have chunks in common. */
  async #takePacks(scene: RebuildScene, objects: readonly ObjectInfo[]): Promise<void> {
    const { tenant, vault, counts } = scene;
    for (const pack of await Promise.all(objects.map((object) => this.#read(scene, object)))) {
      if (!pack) continue;
      const packNo = await this.index.register(tenant, vault, pack, proofOf(pack));
      const chunks = pack.entries.map(({ chunkId }) => chunkId);
      this.filters.registered(tenant, vault, packNo, chunks);
      counts.packs += 1;
      counts.chunks += chunks.length;
    }
  }

  /** Undefined for an object that is no whole pack. */
  async #read(scene: RebuildScene, { name, bytes }: ObjectInfo): Promise<RegisteredPack | undefined> {
    const { destination, id, keys, counts } = scene;
    const read = (offset: number, length: number) => destination.read(name, { offset, length });
    try {
      const pack = parsePackName(name.split('/').at(-1) ?? '');
      if (name !== packObjectName(pack)) throw brokenName(name);
      const { header, entries } = await readPackContents(read, bytes, keys.key);
      return { name: pack, bytes, branch: header.branch, destinationId: id, entries, packId: header.packId };
    } catch (error) {
      if (!isDamage(error)) throw error;
      counts.packsDamaged += 1;
      this.logger.warn('A pack is left out of the rebuilt index: it is damaged', {
        destinationId: id,
        object: name,
        error,
      });
      return undefined;
    }
  }
}

function brokenName(object: string): AppError {
  return new AppError('VAULT_OBJECT_INVALID', 'The object does not lie where a pack of its name lies.', {
    context: { object },
  });
}
