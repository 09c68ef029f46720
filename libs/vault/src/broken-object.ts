import { AppError, isAppError } from '@holdfast/kernel';

/** The failure that names which stored object breaks which rule of docs/format/v1.md. */
export function brokenObject(object: string, rule: string): AppError {
  return new AppError(
    'VAULT_OBJECT_INVALID',
    `The ${object} breaks the vault's format: ${rule}. It is damaged or was not written by this product; read it from another destination.`,
    { context: { object, rule } },
  );
}

/** The failure of a chunk whose stored bytes are not what was written. */
export function corruptChunk(rule: string, context: Readonly<Record<string, string | number>> = {}): AppError {
  const { chunkId, pack } = context;
  const where = `${chunkId === undefined ? '' : ` ${chunkId}`}${pack === undefined ? '' : ` of pack ${pack}`}`;
  return new AppError(
    'CHUNK_CORRUPT',
    `The stored chunk${where} is damaged: ${rule}. Nothing was taken from it; read it from another destination.`,
    { context: { rule, ...context } },
  );
}

/** The failure of an object that a later version of the format wrote. */
export function unsupported(object: string, what: string): AppError {
  return new AppError(
    'VAULT_UNSUPPORTED',
    `The ${object} needs ${what}, which this version cannot read. Use a newer version of the product.`,
    { context: { object, what } },
  );
}

/** Whether a failure says that an object of the vault is lost or damaged, rather than that it could not be asked for. */
export const isDamage = (error: unknown): error is AppError =>
  isAppError(error, 'CHUNK_CORRUPT') ||
  isAppError(error, 'CHUNK_NOT_FOUND') ||
  isAppError(error, 'OBJECT_NOT_FOUND') ||
  isAppError(error, 'VAULT_OBJECT_INVALID');
