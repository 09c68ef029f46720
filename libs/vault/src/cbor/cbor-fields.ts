import type { AppError } from '@holdfast/kernel';
import { decodeCbor, type DecodedCbor } from './decode-cbor.js';
import { brokenObject } from '../broken-object.js';

/**
 * Reads a map with integer keys field by field; what breaks a rule is refused with VAULT_OBJECT_INVALID naming object and field.
 * Keys that were never asked for are {@link unknown}, so that rewriting an object of a later version keeps them.
 */
export class CborFields {
  readonly #map: ReadonlyMap<number | string, DecodedCbor>;
  readonly #asked = new Set<number>();

  constructor(
    value: DecodedCbor,
    private readonly object: string,
  ) {
    if (!(value instanceof Map)) throw brokenObject(object, 'it has to be a map');
    this.#map = value as ReadonlyMap<number | string, DecodedCbor>;
  }

  static decode(bytes: Uint8Array, object: string): CborFields {
    return new CborFields(decodeCbor(bytes, object), object);
  }

  text(key: number, field: string): string {
    const value = this.#get(key);
    if (typeof value !== 'string') throw this.broken(field, 'text');
    return value;
  }

  /** An integer from 0 to 2^53 − 1. */
  count(key: number, field: string): number {
    const value = this.integer(key, field);
    if (value < 0) throw this.broken(field, 'not negative');
    return value;
  }

  integer(key: number, field: string): number {
    const value = this.#get(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw this.broken(field, 'an integer within 53 bits');
    return value;
  }

  flag(key: number, field: string): boolean {
    const value = this.#get(key);
    if (typeof value !== 'boolean') throw this.broken(field, 'true or false');
    return value;
  }

  optionalText(key: number, field: string): string | undefined {
    return this.has(key) ? this.text(key, field) : undefined;
  }

  optionalInteger(key: number, field: string): number | undefined {
    return this.has(key) ? this.integer(key, field) : undefined;
  }

  /** A copy, so that keeping it does not keep the whole object alive. */
  bytes(key: number, field: string, length?: number): Uint8Array {
    const value = this.#get(key);
    if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length))
      throw this.broken(field, length === undefined ? 'a byte string' : `a byte string of ${length} bytes`);
    return Uint8Array.from(value);
  }

  list(key: number, field: string): readonly DecodedCbor[] {
    const value = this.#get(key);
    if (!Array.isArray(value)) throw this.broken(field, 'an array');
    return value as readonly DecodedCbor[];
  }

  map(key: number, field: string): ReadonlyMap<number | string, DecodedCbor> {
    const value = this.#get(key);
    if (!(value instanceof Map)) throw this.broken(field, 'a map');
    return value as ReadonlyMap<number | string, DecodedCbor>;
  }

  has(key: number): boolean {
    this.#asked.add(key);
    return this.#map.has(key);
  }

  /** The value as it was decoded; undefined where the map lacks it. */
  value(key: number): DecodedCbor | undefined {
    return this.#get(key);
  }

  /** The entries of a later version; undefined where there are none. */
  unknown(): ReadonlyMap<number | string, DecodedCbor> | undefined {
    let rest: Map<number | string, DecodedCbor> | undefined;
    for (const [key, value] of this.#map)
      if (typeof key === 'string' || !this.#asked.has(key)) (rest ??= new Map()).set(key, value);
    return rest;
  }

  broken(field: string, rule: string): AppError {
    return brokenObject(this.object, `${field} has to be ${rule}`);
  }

  #get(key: number): DecodedCbor | undefined {
    this.#asked.add(key);
    return this.#map.get(key);
  }
}
