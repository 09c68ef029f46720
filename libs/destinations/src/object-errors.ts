import { AppError } from '@holdfast/kernel';
import { TRY_AGAIN } from './remedies.js';

/** The answer to reading an object that is not there. */
export function objectNotFound(): AppError {
  return new AppError(
    'OBJECT_NOT_FOUND',
    'The destination does not hold the object. It was deleted there, or never arrived; check the integrity of the vault.',
  );
}

/** The answer to writing an object whose name is taken. */
export function objectExists(): AppError {
  return new AppError('OBJECT_EXISTS', 'The destination holds an object of that name already; it was left as it is.');
}

/** What becomes of an object that was answered as stored and is not there: tried again, here or elsewhere, like any failure of the place. */
export function notKept(): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    `The destination said that it has stored an object, and does not hold it as it was. ${TRY_AGAIN} If this goes on, do not rely on the destination.`,
  );
}

/** The answer to reading a stretch that the object does not have: it was cut, for nobody asks for more than was written. */
export function rangeOutside(): AppError {
  return new AppError(
    'CHUNK_CORRUPT',
    'The range asked for starts after the end of the object, which is shorter than its index says; check the integrity of the vault.',
  );
}
