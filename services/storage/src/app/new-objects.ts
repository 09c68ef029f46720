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
    const { held, tenant, vault, id, destination, counts } = scene;
    for await (const page of pagesOf(destination.list(prefix), A_PAGE)) {
      held.signal.throwIfAborted();
      const names = page.map(({ name }) => name);
      const known = await this.places.holdersOf(tenant, vault, names);
      yield page
        .filter(({ name }) => !known.get(name)?.includes(id))
        .map((object) => ({ ...object, isElsewhere: known.has(object.name) }));
      await scene.save();
      counts.objects += page.length;
    }
  }
}
