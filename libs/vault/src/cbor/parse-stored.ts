import { isAppError } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';

/** Parses an id that a vault object holds; one that breaks its rule means a broken object, not a wrong argument. */
export function parseStored<Id>(object: string, parse: (text: string) => Id, text: string): Id {
  try {
    return parse(text);
  } catch (error) {
    if (!isAppError(error, 'INVALID_ARGUMENT')) throw error;
    throw brokenObject(object, error.message);
  }
}
