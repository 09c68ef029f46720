import type { ObjectInfo } from '@holdfast/destinations';
import { Injectable } from '@nestjs/common';
import { ObjectPlaces } from './object-places.port.js';
import { pagesOf, type RebuildScene } from './rebuild-scene.js';

/** Objects that the database is asked of at once. */
const A_PAGE = 200;

/** An object that the index does not know to lie at a destination. */
export interface NewObject extends ObjectInfo {
  /** Another destination is known to hold it. */
  readonly isElsewhere: boolean;
}

/** Lists what a destination holds and the index does not yet know to lie there. */
@Injectable()
export class NewObjects {
  constructor(private readonly places: ObjectPlaces) {}

  /** Page by page, in the order of names. */
  async *below(scene: RebuildScene, prefix: string): AsyncGenerator<readonly NewObject[]> {
    for await (const { listed, fresh } of this.#pages(scene, prefix)) {
      yield fresh;
      await scene.save();
      scene.counts.objects += listed;
    }
  }

  /** On a second look, what the first one has left: not counted again. */
  async *left(scene: RebuildScene, prefix: string): AsyncGenerator<readonly NewObject[]> {
    for await (const { fresh } of this.#pages(scene, prefix)) {
      yield fresh;
      await scene.save();
    }
  }

  async *#pages(
    { held, tenant, vault, id, destination }: RebuildScene,
    prefix: string,
  ): AsyncGenerator<{ readonly listed: number; readonly fresh: readonly NewObject[] }> {
    for await (const page of pagesOf(destination.list(prefix), A_PAGE)) {
      held.signal.throwIfAborted();
      const names = page.map(({ name }) => name);
      const known = await this.places.holdersOf(tenant, vault, names);
      const fresh = page
        .filter(({ name }) => !known.get(name)?.includes(id))
        .map((object) => ({ ...object, isElsewhere: known.has(object.name) }));
      yield { listed: page.length, fresh };
    }
  }
}
