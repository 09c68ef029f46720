import { isAppError, type AppError } from '@holdfast/kernel';

/** Whether a failure says that an object of the vault is lost or damaged, rather than that it could not be asked for. */
export const isDamage = (error: unknown): error is AppError =>
  isAppError(error, 'CHUNK_CORRUPT') ||
  isAppError(error, 'CHUNK_NOT_FOUND') ||
  isAppError(error, 'OBJECT_NOT_FOUND') ||
  isAppError(error, 'VAULT_OBJECT_INVALID');
