import { AppError } from '@holdfast/kernel';

const SEGMENT = /^[a-z0-9][a-z0-9._-]*$/;
/** Longest object name, in characters; with its prefix it has to fit S3's 1,024 and a file system's path. */
const MAX_NAME_CHARACTERS = 512;
const WORDS =
  'parts of lower-case letters, digits, `.`, `_` and `-`, each starting with a letter or digit, joined by `/`, at most 512 characters';

function isName(text: string): boolean {
  return text.length <= MAX_NAME_CHARACTERS && text.split('/').every((segment) => SEGMENT.test(segment));
}

/** Refuses a name that could leave its prefix or mean two things on two file systems. */
export function checkObjectName(name: string): string {
  if (!isName(name)) throw invalid('object name');
  return name;
}

/** As {@link checkObjectName}, for the beginning of names: the last part may be unfinished or empty. */
export function checkNamePrefix(prefix: string): string {
  if (prefix !== '' && !isName(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix)) throw invalid('prefix');
  return prefix;
}

function invalid(field: string): AppError {
  return new AppError('INVALID_ARGUMENT', `A destination's ${field} has to be ${WORDS}.`, {
    context: { field, rule: WORDS },
  });
}

/** Whether a name at the top of a place is the prefix of a vault, and nothing else that lies there. */
export function isVaultPrefix(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}
