import { AppError } from '@holdfast/kernel';

/** The refusal of a vault object: says which object and which rule of docs/format/v1.md it breaks, never what it holds. */
export function invalidObject(object: string, rule: string, cause?: unknown): AppError {
  return new AppError(
    'VAULT_OBJECT_INVALID',
    `A stored ${object} breaks the vault's format: ${rule}. It was damaged or written by something else; check the vault's integrity.`,
    { context: { object, rule }, cause },
  );
}
