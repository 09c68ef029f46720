import type { Metadata } from '@grpc/grpc-js';
import {
  Bucket,
  BudgetServiceControllerMethods,
  FenceScope,
  TokenServiceControllerMethods,
  type BudgetServiceController,
  type GetLimitsRequest,
  type GetTokenRequest,
  type LeaseBudgetRequest,
  type LeaseBudgetResponse,
  type ReportThrottleRequest,
  type ReportThrottleResponse,
  type ReturnBudgetRequest,
  type ReturnBudgetResponse,
  type TenantLimits,
  type Token,
  type TokenServiceController,
} from '@holdfast/contracts/auth/v1';
import { LANES } from '@holdfast/contracts';
import { AppError, parseTenantId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import type { LeasedBucket, MeteredService } from '../../app/budget-buckets.js';
import { CheckGrant } from '../../app/check-grant.js';
import { FenceBudget } from '../../app/fence-budget.js';
import { GetToken } from '../../app/get-token.js';
import { LeaseBudget, type BudgetLeft } from '../../app/lease-budget.js';
import { TellLimits } from '../../app/tell-limits.js';
import { callerOf } from '@holdfast/platform';

const BUCKETS = {
  [Bucket.BUCKET_OUTLOOK]: 'outlook',
  [Bucket.BUCKET_SHAREPOINT]: 'sharepoint',
  [Bucket.BUCKET_IDENTITY]: 'identity',
  [Bucket.BUCKET_APP]: 'app',
} as const;

@Controller()
@TokenServiceControllerMethods()
@CalledBy('crawler', 'restore')
export class TokenController implements TokenServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly tokens: GetToken,
  ) {}

  async getToken(request: GetTokenRequest, metadata?: Metadata): Promise<Token> {
    const { tenant } = await this.grants.run(request.grant, callerOf(metadata));
    const token = await this.tokens.run(tenant, request.refusedToken);
    return {
      token: token.token,
      expiresAtMs: token.expiresAt,
      graphBaseUrl: token.graphBaseUrl,
      caPem: token.caPem,
      roles: [...token.roles],
    };
  }
}

@Controller()
@BudgetServiceControllerMethods()
@CalledBy('crawler', 'restore')
export class BudgetController implements BudgetServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly lease: LeaseBudget,
    private readonly fence: FenceBudget,
    private readonly limits: TellLimits,
  ) {}

  async leaseBudget(request: LeaseBudgetRequest, metadata?: Metadata): Promise<LeaseBudgetResponse> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    const { units, slots, uploadBytes, leaseId, left, seen } = request;
    return this.lease.run(claims, {
      bucket: bucketFrom(request.bucket),
      mailbox: request.mailbox,
      units,
      leastUnits: request.leastUnits,
      uploadBytes,
      leastUploadBytes: request.leastUploadBytes,
      slots,
      leaseId: leaseId === '' ? '' : parseLeaseId(leaseId),
      left: left ?? NOTHING_LEFT,
      ...(seen && { seen }),
    });
  }

  async returnBudget(request: ReturnBudgetRequest, metadata?: Metadata): Promise<ReturnBudgetResponse> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    await this.lease.giveBack(claims, {
      bucket: bucketFrom(request.bucket),
      mailbox: request.mailbox,
      leaseId: request.leaseId,
      left: request.left ?? NOTHING_LEFT,
    });
    return {};
  }

  async reportThrottle(request: ReportThrottleRequest, metadata?: Metadata): Promise<ReportThrottleResponse> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    await this.fence.run(claims, {
      service: serviceFrom(request.bucket),
      mailbox: request.mailbox,
      scope: request.scope === FenceScope.FENCE_SCOPE_APP ? 'app' : 'own',
      forMs: request.retryAfterMs,
    });
    return {};
  }

  @CalledBy('scheduler', 'restore')
  async getLimits(request: GetLimitsRequest): Promise<TenantLimits> {
    const lane = LANES.find((one) => one === request.lane);
    if (!lane)
      throw new AppError('INVALID_ARGUMENT', `lane has to be one of ${LANES.join(', ')}.`, {
        context: { field: 'lane', rule: LANES.join(', ') },
      });
    return this.limits.run(parseTenantId(request.tenantId), lane);
  }
}

const NOTHING_LEFT: BudgetLeft = {
  unusedUnits: 0,
  unusedUploadBytes: 0,
  inFlightUnits: 0,
  inFlightUploadBytes: 0,
  inFlightRequests: 0,
};

function parseLeaseId(text: string): string {
  if (/^[0-9a-f-]{36}$/.test(text)) return text;
  throw new AppError('INVALID_ARGUMENT', 'lease_id has to be one that LeaseBudget answered, or empty.', {
    context: { field: 'lease_id', rule: 'as answered' },
  });
}

function bucketFrom(wire: Bucket): LeasedBucket {
  if (wire !== Bucket.BUCKET_UNSPECIFIED && wire !== Bucket.UNRECOGNIZED) return BUCKETS[wire];
  throw wrongBucket('outlook, sharepoint, identity or app');
}

/** Microsoft asks to leave a service alone; that the app is meant says the scope. */
function serviceFrom(wire: Bucket): MeteredService {
  const bucket = bucketFrom(wire);
  if (bucket === 'app') throw wrongBucket('outlook, sharepoint or identity');
  return bucket;
}

function wrongBucket(rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `bucket has to be one of ${rule}.`, { context: { field: 'bucket', rule } });
}
