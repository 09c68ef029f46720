import { isAppError } from '@holdfast/kernel';
import { inspect } from 'node:util';
import { isError } from './is-error.js';

const SECRET_KEY =
  /secret|password|passphrase|token|authori[sz]ation|cookie|credential|private|^key$|[a-z]Key$|_key$|grant$/i;
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
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message,
    ...(isAppError(error) && error.details.context ? { context: redact(error.details.context) } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || causes >= MAX_CAUSES ? {} : { cause: describeError(error.cause, causes + 1) }),
  };
}
