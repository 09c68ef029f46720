import type { DestinationId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { type Bytes, damageOf } from '../domain/damage.js';
import type { CheckScene } from './check-scene.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { inspectObject } from './inspect-object.js';
import { type ExpectedObject, Integrity, type NotedDamage } from './integrity.port.js';
import { MendObject } from './mend-object.js';
import { ObjectPlaces, type StoredObject } from './object-places.port.js';

/** Finds out what is wrong with an object, sends readers elsewhere, and mends it where some destination holds it whole. */
@Injectable()
export class TreatDamage {
  constructor(
    private readonly integrity: Integrity,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly mend: MendObject,
    private readonly logger: Logger,
  ) {}

  /** Reads every byte of an object, and treats what is wrong; the bytes, where they are right. */
  async inspect(scene: CheckScene, at: DestinationId, object: ExpectedObject): Promise<Bytes | undefined> {
    const found = await this.#look(scene, at, object);
    if (damageOf(object, found) !== undefined) {
      await this.#treat(scene, at, object, found);
      return undefined;
    }
    // Somebody has put it back, or the index has its length wrong.
    if (object.isDamaged || found?.bytes !== object.bytes)
      await this.places.add(scene.tenant, scene.vault, { ...object, bytes: found?.bytes ?? object.bytes }, at);
    return found;
  }

  async #look({ tenant, vault }: CheckScene, at: DestinationId, { name }: StoredObject): Promise<Bytes | undefined> {
    return inspectObject(await this.directory.open(tenant, vault, at), name);
  }

  async #treat(scene: CheckScene, at: DestinationId, object: StoredObject, found: Bytes | undefined): Promise<void> {
    const { tenant, vault, jobId } = scene;
    const damage = damageOf(object, found);
    if (damage === undefined) return;
    const seen = { damage, bytes: found?.bytes ?? 0, jobId };
    const noted = await this.integrity.noteDamage(tenant, vault, { destination: at, name: object.name }, seen);
    if (!noted) return;
    const context = { destinationId: at, object: object.name, damage };
    if (await this.#mend(scene, at, object, noted)) {
      this.logger.warn('A damaged object was mended', context);
      return;
    }
    this.logger.error(
      noted.isQuarantined
        ? 'An object is damaged and no destination holds it whole; it is kept, and what it held is stored anew where it still can be'
        : 'A damaged object could not be mended; it is tried again',
      context,
    );
  }

  async #mend(scene: CheckScene, at: DestinationId, object: StoredObject, noted: NotedDamage): Promise<boolean> {
    const { tenant, vault } = scene;
    if (await this.mend.run({ tenant, vault, object, at, holders: noted.holders })) return true;
    // Perhaps the others are no better. Each one that is not drops out, so this ends.
    for (const holder of noted.holders)
      await this.#treat(scene, holder, object, await this.#look(scene, holder, object));
    return false;
  }
}
