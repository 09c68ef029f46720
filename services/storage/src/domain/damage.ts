/** What is wrong with an object at a destination. */
export type Damage = 'missing' | 'short' | 'long' | 'altered';

/** Bytes as they are or have to be. */
export interface Bytes {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * What is wrong with the bytes that lie under a name; undefined where nothing is. The hash alone decides: a length that the index
 * has wrong is no damage of the object.
 */
export function damageOf(expected: Bytes, found: Bytes | undefined): Damage | undefined {
  if (!found) return 'missing';
  if (found.sha256 === expected.sha256) return undefined;
  if (found.bytes < expected.bytes) return 'short';
  return found.bytes > expected.bytes ? 'long' : 'altered';
}

/** A damaged object, and who else there is. */
export interface DamagedCopy {
  readonly damage: Damage;
  /** Other destinations that are thought to hold it whole. */
  readonly otherHolders: number;
}

/** What becomes of the place of a damaged object. Its bytes stay in any case until good ones take their place. */
export interface AfterDamage {
  /** Nobody is sent there to read any more. */
  readonly isPlaceDropped: boolean;
  /** A good copy is to take its place. */
  readonly isCopyDue: boolean;
  /** No good copy is known: what it holds counts as unknown, and is stored anew where it still can be. */
  readonly isQuarantined: boolean;
}

/**
 * The last copy keeps its place although it is damaged: each chunk of a pack is sealed for itself, and those that are whole can
 * still be read.
 */
export function afterDamage({ damage, otherHolders }: DamagedCopy): AfterDamage {
  if (otherHolders > 0) return { isPlaceDropped: true, isCopyDue: true, isQuarantined: false };
  return { isPlaceDropped: damage === 'missing', isCopyDue: false, isQuarantined: true };
}
