import type { GrpcConnection } from '@holdfast/platform';

/** What scheduler was told of tasks. */
export interface Told {
  readonly finished: { readonly outcome: number; readonly report: Record<string, unknown> }[];
  readonly failed: { readonly errorCode: string; readonly errorMessage: string }[];
}

/** A scheduler that only listens. */
export function schedulerTold(told: Told): GrpcConnection {
  const client = {
    leaseNextTask: async () => ({}),
    renewLease: async () => ({ grant: 'grant', leaseMs: 60_000, isStopRequested: false }),
    finishTask: async ({ outcome, reportJson }: { outcome: number; reportJson: string }) => {
      told.finished.push({ outcome, report: JSON.parse(reportJson) as Record<string, unknown> });
    },
    failTask: async (failure: { errorCode: string; errorMessage: string }) => {
      told.failed.push(failure);
    },
  };
  return { client: () => client } as unknown as GrpcConnection;
}
