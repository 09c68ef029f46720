import type { Destination } from '@holdfast/destinations';
import { isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { damageOf } from '../domain/damage.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { inspectObject } from './inspect-object.js';
import { Integrity } from './integrity.port.js';
import { ObjectPlaces, type StoredObject } from './object-places.port.js';
import { replaceObject } from './replace-object.js';

/** A damaged object, and where good bytes may be. */
export interface ObjectToMend {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly object: StoredObject;
  /** The destination with the damage. */
  readonly at: DestinationId;
  /** Others that are thought to hold it whole, in the vault's order. */
  readonly holders: readonly DestinationId[];
}

/** Puts good bytes in the place of damaged ones. Safe to repeat, and beside others that do the same. */
@Injectable()
export class MendObject {
  constructor(
    private readonly integrity: Integrity,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
  ) {}

  /**
   * True when the object was read whole again at its destination. A source that is damaged itself never gets so far: the target is
   * held to the hash, and keeps what it has until all bytes have come and are right.
   */
  async run(wanted: ObjectToMend): Promise<boolean> {
    const { tenant, vault, object, at, holders } = wanted;
    const target = await this.directory.open(tenant, vault, at);
    if (await replaceFromBelow(target, object).catch(notThisTime)) return this.#mended(wanted, target);
    for (const holder of holders) {
      const source = await this.directory.open(tenant, vault, holder);
      const isReplaced = await replaceObject(target, object, () => source.get(object.name)).catch(notThisTime);
      if (isReplaced) return this.#mended(wanted, target);
    }
    const kept = await this.integrity.keptBytes(tenant, vault, object.name);
    return (
      kept !== undefined && (await replaceObject(target, object, async () => kept)) && this.#mended(wanted, target)
    );
  }

  async #mended({ tenant, vault, object, at }: ObjectToMend, target: Destination): Promise<boolean> {
    if (damageOf(object, await inspectObject(target, object.name)) !== undefined) return false;
    // Space freeing may have let it go meanwhile.
    if (!(await this.places.addCopy(tenant, vault, object, at))) await target.delete(object.name);
    return true;
  }
}

/** From a version that a lock has kept, whatever was put on top of it. */
async function replaceFromBelow(target: Destination, object: StoredObject): Promise<boolean> {
  for await (const open of target.earlierVersions(object.name, object.bytes))
    if (await replaceObject(target, object, open).catch(notThisTime)) return true;
  return false;
}

/** Another source may do better; and the copy stays due. */
function notThisTime(error: unknown): false {
  if (isAppError(error)) return false;
  throw error;
}
