import { createHash } from 'node:crypto';
import type { Traits } from '../mutation.js';

/** Objects of which one field is the name. */
export function namedBy<Element extends object>(field: string): Traits<Element> {
  const nameOf = (element: Element) => String(Reflect.get(element, field));
  const withName = (element: Element, name: unknown): Element => ({ ...element, [field]: name });
  return {
    nameOf,
    renamed: (element) => withName(element, `${nameOf(element)}0`),
    crossed: (name, payload) => withName(payload, Reflect.get(name, field)),
    payloadOf: (element) => JSON.stringify(withName(element, ''), plain),
  };
}

/** Pieces of one content: a piece has no name but its content's. */
export function pieces(content: string): Traits<Uint8Array> {
  return {
    nameOf: () => content,
    renamed: (piece) => piece,
    crossed: (_, payload) => payload,
    payloadOf: digest,
    cannotWait: true,
  };
}

/** Entries of sorted lists: a key of bytes, and a value. */
export const keyed: Traits<Keyed> = {
  nameOf: ({ key }) => Buffer.from(key).toString('latin1'),
  renamed: (entry) => ({ ...entry, key: Buffer.concat([entry.key, Buffer.of(0x30)]) }),
  crossed: ({ key }, { value }) => ({ key, value }),
  payloadOf: ({ value }) => (value instanceof Uint8Array ? digest(value) : String(value)),
};

export interface Keyed {
  readonly key: Uint8Array;
  readonly value: unknown;
}

/** Calls whose arguments are a name and what it stands for, at these places. */
export function callsOf(name: number, payload: number): Traits<readonly unknown[]> {
  return {
    nameOf: (args) => String(args[name]),
    renamed: (args) => args.with(name, `${String(args[name])}0`),
    crossed: (named, other) => named.with(payload, other[payload]),
    payloadOf: (args) => JSON.stringify(args[payload], plain),
  };
}

/** Bytes; to lose none is to lose nothing. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.byteLength > 0;
}

export function isKeyed(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && 'key' in value && 'value' in value;
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** For JSON: bytes as their digest, and what JSON lacks as text. */
export function plain(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return digest(value);
  return typeof value === 'bigint' || typeof value === 'function' ? String(value) : value;
}
