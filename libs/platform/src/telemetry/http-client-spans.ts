import { SpanKind } from '@opentelemetry/api';
import { inSpan } from './in-span.js';
import { measure } from './measure.js';

/** A request to somebody outside. */
export interface OutboundRequest {
  readonly method: string;
  /** Its path with every id and name left out: `/users/{id}/messages`. */
  readonly template: string;
  /** Ids of ours that say more, such as the destination's. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Has an HTTP request run in a span until its answer begins, and measures it. `statusOf` reads the status of the answer. */
export function inRequestSpan<T>(
  { method, template, attributes }: OutboundRequest,
  send: () => Promise<T>,
  statusOf: (answer: T) => number,
): Promise<T> {
  const settings = {
    kind: SpanKind.CLIENT,
    attributes: { 'http.request.method': method, 'url.template': template, ...attributes },
  };
  return inSpan(`${method} ${template}`, settings, async (span) => {
    const startedAt = performance.now();
    let status = 0;
    try {
      const answer = await send();
      status = statusOf(answer);
      return answer;
    } finally {
      span?.setAttribute('http.response.status_code', status);
      measure('http.client.request.duration', (performance.now() - startedAt) / 1_000, {
        'http.request.method': method,
        'url.template': template,
        'http.response.status_code': String(status),
      });
    }
  });
}
