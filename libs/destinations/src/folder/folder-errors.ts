import { AppError } from '@holdfast/kernel';
import { ONLY_READ, TRY_AGAIN } from '../remedies.js';
import { systemCode } from '../system-code.js';

/** Names what a file operation below the destination's folder threw. */
export function folderError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = systemCode(thrown);
  const details = { cause: thrown, context: { systemCode: code ?? 'none' } };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError(
        'STORE_FULL',
        `The destination folder has no room left. Free space or enlarge it. ${ONLY_READ}`,
        details,
      );
    case 'EACCES':
    case 'EPERM':
      return new AppError(
        'STORE_DENIED',
        'The destination folder refuses access. Give the account that Holdfast runs as the right to read and write there.',
        details,
      );
    case 'EROFS':
      return new AppError('STORE_DENIED', 'The destination folder is mounted read-only. Mount it writable.', details);
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return new AppError(
        'STORE_REJECTED',
        'The destination folder holds something else where an object should lie, or cannot hold names of that length. Use a folder of its own on an ordinary file system.',
        details,
      );
    default:
      return new AppError(
        'STORE_UNAVAILABLE',
        `The destination folder failed (${code ?? 'unknown cause'}), so what was asked of it did not happen. Check the drive or share. ${TRY_AGAIN}`,
        details,
      );
  }
}

/** Runs file operations and names what they throw. */
export async function named<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    throw folderError(thrown);
  }
}
