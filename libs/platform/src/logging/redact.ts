import { isAppError } from '@holdfast/kernel';
import { inspect } from 'node:util';
import { isError } from './is-error.js';

const SECRET_KEY =
  /secret|password|passphrase|token|authori[sz]ation|cookie|credential|private|^key$|^sas$|[a-z]Key$|_key$|grant$/i;
/** What servers and parsers quote in their messages, and what is left of it. */
const QUOTES: readonly (readonly [RegExp, string])[] = [
  // V8 shows some characters around the place where JSON ends to be any.
  [/["'`].*["'`](?=.*JSON)/s, '[left out]'],
  // PostgreSQL: a value that its type does not take.
  [/(invalid input (?:syntax|value) for [^:\n]+:) .*/s, '$1 [left out]'],
  // Download links bear what opens them behind the question mark.
  [/(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>]+/g, '$1?[left out]'],
];
const MAX_DEPTH = 5;
const MAX_CAUSES = 4;

/** A copy that may be logged: values under telling keys are replaced, bytes are counted, errors lose what they quote. */
export function redact(value: unknown, depth = 0): unknown {
  if (isError(value)) return describeError(value);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if ('toJSON' in value && typeof value.toJSON === 'function') return (value.toJSON as () => unknown)();
  if (Array.isArray(value)) return value.slice(0, 100).map((part) => redact(part, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, SECRET_KEY.test(key) ? '[secret]' : redact(part, depth + 1)]),
  );
}

/** Name, code, message, stack and causes of a failure; no other field, because drivers put values and headers there. */
export function describeError(error: unknown, causes = 0): Record<string, unknown> {
  if (!isError(error)) return { thrown: inspect(redact(error), { depth: 2 }) };
  const code: unknown = 'code' in error ? error.code : undefined;
  const message = isAppError(error) ? error.message : withoutQuotes(error.message);
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message,
    ...(isAppError(error) && error.details.context ? { context: redact(error.details.context) } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack.replace(error.message, () => message) }),
    ...(error.cause === undefined || causes >= MAX_CAUSES ? {} : { cause: describeError(error.cause, causes + 1) }),
  };
}

const withoutQuotes = (message: string): string =>
  QUOTES.reduce((text, [pattern, rest]) => text.replace(pattern, rest), message);
