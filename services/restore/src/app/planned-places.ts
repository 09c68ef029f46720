import type { ResourceId, TenantId } from '@holdfast/kernel';
import type { ItemKind } from '@holdfast/vault';
import type { LiveItems } from './live-items.port.js';
import type { PlanKeys } from './plan-keys.js';

/** A place at a target by its way in names, which a step of the plan gives to an item. */
export interface PlannedPlace {
  readonly kind: ItemKind;
  readonly way: readonly string[];
  /** Of the item that goes there; kept as a digest. */
  readonly likeness: string;
}

/**
 * The places that a plan's steps take at one target, so that two sources with the same path do not meet there. Kept beside what was
 * listed of the target, as digests; any number of them.
 */
export class PlannedPlaces {
  constructor(
    private readonly items: LiveItems,
    private readonly keys: PlanKeys,
    private readonly at: { readonly tenant: TenantId; readonly planId: string; readonly target: ResourceId },
  ) {}

  /** What an earlier step puts into each place: the like of it, something else, or nothing. At most 500. */
  async taken(places: readonly PlannedPlace[]): Promise<readonly ('same' | 'other' | undefined)[]> {
    const { tenant, planId, target } = this.at;
    const digests = places.map((place) => this.#digest(place));
    const found = await this.items.find(
      tenant,
      planId,
      target,
      digests.map((digest) => ({ itemId: idOf(digest), place: '' })),
    );
    const likenesses = new Map(found.map(({ id, likeness }) => [id, likeness]));
    return digests.map((digest, at) => {
      const known = likenesses.get(idOf(digest));
      return known === undefined ? undefined : known === this.#likeness(places[at]) ? 'same' : 'other';
    });
  }

  async take(places: readonly PlannedPlace[]): Promise<void> {
    if (places.length === 0) return;
    const { tenant, planId, target } = this.at;
    const facts = places.map((place) => ({
      id: idOf(this.#digest(place)),
      isFolder: false,
      parentId: undefined,
      origin: undefined,
      changeTag: undefined,
      likeness: this.#likeness(place),
      place: '',
    }));
    await this.items.add(tenant, planId, target, facts);
  }

  #likeness(place: PlannedPlace | undefined): string {
    return this.keys.digest('likeness', place?.likeness ?? '');
  }

  /** Names of a drive are the same whatever their case. */
  #digest({ kind, way }: Omit<PlannedPlace, 'likeness'>): string {
    const names = kind === 'search-folder' ? way : way.map((name) => name.toLowerCase());
    return this.keys.digest('planned', ...names);
  }
}

/** No id of Microsoft's has a colon. */
function idOf(digest: string): string {
  return `planned:${digest}`;
}
