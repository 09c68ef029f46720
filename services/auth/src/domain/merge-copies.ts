import { isAppError } from '@holdfast/kernel';
import { keyWrapObjectName } from '@holdfast/vault';

interface NamedObject {
  readonly name: string;
  readonly content: Uint8Array;
}

/** What closes a vault and who certifies in it, as one destination has it. */
export interface VaultCopy {
  readonly keys: readonly NamedObject[];
  readonly generations: readonly NamedObject[];
}

/**
 * What several copies of a vault have together: one that was away lacks what came meanwhile. Where they differ under a name, a key object
 * that bears its own hash wins, and a generation's note that `isWhole`.
 */
export function mergeCopies(copies: readonly VaultCopy[], isWhole: (note: NamedObject) => boolean): VaultCopy {
  return {
    keys: merged(
      copies.flatMap(({ keys }) => keys),
      bearsItsHash,
    ),
    generations: merged(
      copies.flatMap(({ generations }) => generations),
      isWhole,
    ),
  };
}

function merged(all: readonly NamedObject[], isWhole: (object: NamedObject) => boolean): readonly NamedObject[] {
  const byName = new Map<string, NamedObject>();
  for (const object of all) {
    const known = byName.get(object.name);
    if (!known || (!isWhole(known) && isWhole(object))) byName.set(object.name, object);
  }
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A key object's name says what is in it. */
export function bearsItsHash({ name, content }: NamedObject): boolean {
  try {
    return keyWrapObjectName(content) === name;
  } catch (error) {
    if (isAppError(error, 'VAULT_OBJECT_INVALID') || isAppError(error, 'VAULT_UNSUPPORTED')) return false;
    throw error;
  }
}
