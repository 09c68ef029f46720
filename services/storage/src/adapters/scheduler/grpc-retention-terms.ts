import { retentionPolicy } from '@holdfast/contracts';
import type { RetentionServiceController } from '@holdfast/contracts/scheduler/v1';
import { parseResourceId, type ResourceId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import type { RetentionPolicy } from '@holdfast/vault';
import { type ResourceTerms, type RetentionTerms, RetentionTermsSource } from '../../app/retention-terms.port.js';

/** Asks scheduler. */
export class GrpcRetentionTerms extends RetentionTermsSource {
  readonly #scheduler: GrpcClient<RetentionServiceController>;

  constructor(scheduler: GrpcConnection) {
    super();
    this.#scheduler = scheduler.client<RetentionServiceController>('RetentionService', {
      repeatable: ['getRetentionTerms', 'listResourceTerms'],
    });
  }

  override async terms(grant: string): Promise<RetentionTerms> {
    const { retentionJson, timeZone, jobsStartedAtMs, dryRun, nowMs } = await this.#scheduler.getRetentionTerms({
      grant,
    });
    // What JSON brings has no field that is there and undefined.
    const policy = retentionPolicy.parse(JSON.parse(retentionJson)) as RetentionPolicy;
    return { policy, timeZone, jobs: jobsStartedAtMs, dryRun, now: nowMs };
  }

  override async resources(
    grant: string,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, ResourceTerms>> {
    const answer = await this.#scheduler.listResourceTerms({ grant, resourceIds: [...resources] });
    return new Map(
      answer.resources.map(({ resourceId, leftAtMs, wholeAtMs, isHeld }) => [
        parseResourceId(resourceId),
        { ...(leftAtMs !== 0 && { leftAt: leftAtMs }), ...(wholeAtMs !== 0 && { wholeAt: wholeAtMs }), isHeld },
      ]),
    );
  }
}
