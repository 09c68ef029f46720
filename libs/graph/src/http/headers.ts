import type { RateLimit } from '../budget/request-budget.port.js';

/** Response headers by lower-case name. */
export type HeaderMap = Readonly<Record<string, string | string[] | undefined>>;

/** The wait that `Retry-After` asks for, in milliseconds: seconds, or a date that `Date` of the same answer puts in relation. */
export function retryAfterMs(headers: HeaderMap): number | undefined {
  const text = headers['retry-after'];
  if (typeof text !== 'string') return undefined;
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const until = Date.parse(text) - Date.parse(String(headers['date'] ?? ''));
  return Number.isNaN(until) ? undefined : Math.max(0, until);
}

/** `RateLimit-*` (IETF draft 03), which SharePoint sends from 80 % use on. */
export function rateLimitOf(headers: HeaderMap): RateLimit | undefined {
  if (headers['ratelimit-limit'] === undefined) return undefined;
  const limit = Number(headers['ratelimit-limit']);
  const remaining = Number(headers['ratelimit-remaining']);
  const reset = Number(headers['ratelimit-reset']);
  if (![limit, remaining, reset].every((value) => Number.isFinite(value))) return undefined;
  return { limit, remaining, resetMs: reset * 1000 };
}
