import type { JobId, TenantId } from '@holdfast/kernel';

/** A job, or a task of one. */
interface OfJob {
  readonly tenantId: TenantId;
  readonly jobId: JobId;
}

/** What befell some of many that were gone through; the others had their turn. */
export class SomeFailed extends Error {
  constructor(readonly failures: readonly (OfJob & { readonly error: unknown })[]) {
    super(`${failures.length} could not be done.`, { cause: failures[0]?.error });
  }
}

/** Does the work for each, one after the other. One that fails keeps no other from its turn: all failures are thrown at the end, as {@link SomeFailed}. */
export async function eachByItself<One extends OfJob>(
  all: readonly One[],
  work: (one: One) => Promise<unknown>,
): Promise<void> {
  const failures: SomeFailed['failures'][number][] = [];
  for (const one of all) {
    const { tenantId, jobId } = one;
    await work(one).catch((error: unknown) => failures.push({ tenantId, jobId, error }));
  }
  if (failures.length > 0) throw new SomeFailed(failures);
}
