import { AppError } from '@holdfast/kernel';

/** Length of an id in bytes. */
export const ID_BYTES = 32;

/** Ids of 32 bytes each, one after the other, as messages carry them; at most `max`. */
export function readIds<Id>(field: string, bytes: Uint8Array, parse: (hex: string) => Id, max: number): Id[] {
  const count = bytes.byteLength / ID_BYTES;
  if (!Number.isInteger(count) || count > max)
    throw new AppError('INVALID_ARGUMENT', `${field} has to hold at most ${max} ids of 32 bytes each.`, {
      context: { field, bytes: bytes.byteLength },
    });
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return Array.from({ length: count }, (_, index) =>
    parse(hex.slice(index * 2 * ID_BYTES, (index + 1) * 2 * ID_BYTES)),
  );
}

/** One id of 32 bytes. */
export function readId<Id>(field: string, bytes: Uint8Array, parse: (hex: string) => Id): Id {
  const [id] = readIds(field, bytes, parse, 1);
  if (id !== undefined) return id;
  throw new AppError('INVALID_ARGUMENT', `${field} has to have 32 bytes.`, { context: { field } });
}

/** Reverses {@link readIds}. */
export function writeIds(ids: Iterable<string>): Buffer {
  return Buffer.concat(Array.from(ids, (id) => Buffer.from(id, 'hex')));
}
