import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../api-error.js';
import type { FaultRule, ServerFault } from '../faults.js';
import type { Bucket, SimResponse } from '../route.js';
import { expiredToken } from './access.js';
import type { About } from './answer.js';

/** The fault that struck a request, noted so that its answer can be written as the fault wants it. */
export interface Injected {
  rule: (FaultRule & { readonly fault: ServerFault }) | undefined;
}

/** Thrown to drop the connection without an answer. */
export class ConnectionBreak extends Error {
  override readonly name = 'ConnectionBreak';

  constructor(readonly about: About) {
    super('The fault script breaks this connection.');
  }
}

/** Real milliseconds. */
export async function waitMs(ms: number): Promise<void> {
  await delay(ms);
}

/** The answer with half of its JSON, or with none of it, as the fault asks; an answer of another kind is left as it is. */
export function broken(response: SimResponse, fault: ServerFault | undefined): SimResponse {
  if (!isJson(response.body) || (fault !== 'malformed-json' && fault !== '200-empty-body')) return response;
  const text = JSON.stringify(response.body);
  return {
    ...response,
    headers: { ...response.headers, 'Content-Type': 'application/json' },
    body: Buffer.from(fault === '200-empty-body' ? '' : text.slice(0, Math.ceil(text.length / 2))),
  };
}

function isJson(body: SimResponse['body']): body is object {
  return typeof body === 'object' && !(body instanceof Uint8Array) && !(Symbol.asyncIterator in body);
}

/** The refusal that a fault stands for; undefined for faults that let the request go on. */
export function faultError(
  rule: FaultRule & { readonly fault: ServerFault },
  bucket: Bucket,
  host: 'graph' | 'content',
): ApiError | undefined {
  const wait = rule.retryAfterSeconds;
  const headers = wait === undefined ? {} : { 'Retry-After': String(wait) };
  switch (rule.fault) {
    case '429':
      return throttled(bucket, { 'Retry-After': String(wait ?? 1) });
    case '429-no-retry-after':
      return throttled(bucket, {});
    case '423':
      return new ApiError(423, 'resourceLocked', 'The file is checked out or locked for editing.', { headers });
    case '503':
      return new ApiError(
        503,
        'serviceNotAvailable',
        'The service is not available. Try the request again after a delay.',
        { headers },
      );
    case '504':
      return new ApiError(504, 'UnknownError', 'Gateway timeout.', { headers });
    case '500-empty-body':
      return new ApiError(500, 'UnknownError', '');
    case 'token-expired':
      return host === 'graph' ? expiredToken() : undefined;
    case 'expired-url':
      return host === 'content' ? new ApiError(401, 'unauthenticated', 'The link has expired.') : undefined;
    case 'reset':
    case 'slow':
    case 'malformed-json':
    case '200-empty-body':
      return undefined;
  }
}

/** The bodies of 429 as each service writes them (docs: graph/throttling; SharePoint throttling page; alcionai/corso#3695). */
function throttled(bucket: Bucket, headers: Readonly<Record<string, string>>): ApiError {
  if (bucket === 'outlook')
    return new ApiError(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', { headers });
  if (bucket === 'sharepoint')
    return new ApiError(429, 'activityLimitReached', 'The request has been throttled', {
      innerCode: 'throttledRequest',
      headers,
    });
  return new ApiError(429, 'TooManyRequests', 'Please retry again later.', { innerCode: '429', headers });
}
