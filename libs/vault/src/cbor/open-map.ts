import type { CborValue } from '../item-record.js';
import { type DecodedCbor } from './decode-cbor.js';

/**
 * A decoded value in the form in which JSON would give it: maps with text keys become plain objects, byte strings are copied.
 * Maps with an integer key stay maps.
 */
export function plainValue(value: DecodedCbor): CborValue {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (isList(value)) return value.map(plainValue);
  if (isMap(value))
    return [...value.keys()].every((key) => typeof key === 'string') ? plainMap(value) : plainEntries(value);
  return value;
}

/** {@link plainValue} of a map whose keys are text; an integer key becomes its decimal text. */
export function plainMap(map: ReadonlyMap<number | string, DecodedCbor>): Record<string, CborValue> {
  // fromEntries defines properties instead of assigning them, so a key `__proto__` is a key like any other.
  return Object.fromEntries([...map].map(([key, value]) => [String(key), plainValue(value)]));
}

function plainEntries(map: ReadonlyMap<number | string, DecodedCbor>): ReadonlyMap<number | string, CborValue> {
  return new Map([...map].map(([key, value]) => [key, plainValue(value)]));
}

function isList(value: DecodedCbor): value is readonly DecodedCbor[] {
  return Array.isArray(value);
}

function isMap(value: DecodedCbor): value is ReadonlyMap<number | string, DecodedCbor> {
  return value instanceof Map;
}
