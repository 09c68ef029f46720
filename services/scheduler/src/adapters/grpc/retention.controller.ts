import type { Metadata } from '@grpc/grpc-js';
import type { GrantClaims } from '@holdfast/contracts';
import {
  RetentionServiceControllerMethods,
  type ResourceTermsRequest,
  type ResourceTermsResponse,
  type RetentionServiceController,
  type RetentionTerms,
  type RetentionTermsRequest,
} from '@holdfast/contracts/scheduler/v1';
import { AppError, parseResourceId, type BackupSetId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { GrantSigner } from '../../app/grant-signer.port.js';
import { LegalHolds } from '../../app/legal-holds.port.js';
import { RetentionPast } from '../../app/retention-terms.port.js';

const MAX_RESOURCES = 1_000;

@Controller()
@RetentionServiceControllerMethods()
@CalledBy('storage')
export class RetentionController implements RetentionServiceController {
  constructor(
    private readonly past: RetentionPast,
    private readonly holds: LegalHolds,
    private readonly signer: GrantSigner,
  ) {}

  async getRetentionTerms({ grant }: RetentionTermsRequest, metadata?: Metadata): Promise<RetentionTerms> {
    const { tenant, set, job } = await this.#granted(grant, metadata);
    const { policy, timeZone, jobs, dryRun, now } = await this.past.terms(tenant, set, job);
    return { retentionJson: JSON.stringify(policy), timeZone, jobsStartedAtMs: [...jobs], dryRun, nowMs: now };
  }

  async listResourceTerms(
    { grant, resourceIds }: ResourceTermsRequest,
    metadata?: Metadata,
  ): Promise<ResourceTermsResponse> {
    const { tenant, set } = await this.#granted(grant, metadata);
    if (resourceIds.length > MAX_RESOURCES)
      throw new AppError('INVALID_ARGUMENT', `resourceIds has to name at most ${MAX_RESOURCES} resources.`, {
        context: { field: 'resourceIds', rule: `at most ${MAX_RESOURCES}` },
      });
    const resources = resourceIds.map(parseResourceId);
    const left = await this.past.left(tenant, set, resources);
    const whole = await this.past.whole(tenant, set, resources);
    const held = await this.holds.heldAmong(tenant, set, resources);
    return {
      resources: resources.map((resourceId) => ({
        resourceId,
        leftAtMs: left.get(resourceId) ?? 0,
        isHeld: held.has(resourceId),
        wholeAtMs: whole.get(resourceId) ?? 0,
      })),
    };
  }

  async #granted(grant: string, metadata: Metadata | undefined): Promise<GrantClaims & { readonly set: BackupSetId }> {
    const claims = await this.signer.read(grant);
    if (claims.kind === 'retention' && claims.set && claims.holder === callerOf(metadata))
      return { ...claims, set: claims.set };
    throw new AppError('GRANT_REFUSED', 'The grant is not for a retention task of the caller.', {
      context: { taskId: claims.task },
    });
  }
}
