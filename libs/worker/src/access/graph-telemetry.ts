import type { BudgetBucket, ObservedRequest, RequestObserver } from '@holdfast/graph';
import { count, inRequestSpan } from '@holdfast/platform';

/** Measures and traces what a client asks of Microsoft. */
export class GraphTelemetry implements RequestObserver {
  async sending<Answer extends { readonly status: number }>(
    { method, route, bucket }: ObservedRequest,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    let outcome = 'failed';
    try {
      const answer = await inRequestSpan({ method, template: route }, send, ({ status }) => status);
      outcome = outcomeOf(answer.status);
      return answer;
    } finally {
      count('holdfast.graph.requests', 1, { bucket, outcome });
    }
  }

  repeated(bucket: BudgetBucket, code: string): void {
    count('holdfast.graph.retries', 1, { bucket, reason: code });
  }
}

function outcomeOf(status: number): string {
  if (status < 400) return 'answered';
  return status === 429 || status === 503 ? 'throttled' : 'refused';
}
