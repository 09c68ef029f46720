import type { Metadata } from '@grpc/grpc-js';
import type { GrantClaims } from '@holdfast/contracts';
import {
  Bucket,
  BudgetServiceControllerMethods,
  TokenServiceControllerMethods,
  type BudgetServiceController,
  type GetTokenRequest,
  type LeaseBudgetRequest,
  type LeaseBudgetResponse,
  type ReportThrottleRequest,
  type ReportThrottleResponse,
  type ReturnBudgetRequest,
  type ReturnBudgetResponse,
  type Token,
  type TokenServiceController,
} from '@holdfast/contracts/auth/v1';
import { AppError } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { Budgets } from '../../app/budgets.port.js';
import { CheckGrant } from '../../app/check-grant.js';
import { GetToken } from '../../app/get-token.js';
import { Tenants } from '../../app/tenants.port.js';
import { LeaseBudget } from '../../app/lease-budget.js';
import { callerOf } from '@holdfast/platform';

/** What Microsoft asks to wait when it does not say how long. */
const UNSAID_WAIT_MS = 10_000;
const BUCKETS = {
  [Bucket.BUCKET_OUTLOOK]: 'outlook',
  [Bucket.BUCKET_SHAREPOINT]: 'sharepoint',
  [Bucket.BUCKET_IDENTITY]: 'identity',
} as const;

@Controller()
@TokenServiceControllerMethods()
@CalledBy('crawler', 'restore')
export class TokenController implements TokenServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly tokens: GetToken,
    private readonly tenants: Tenants,
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
      licences: (await this.tenants.size(tenant))?.licences ?? 0,
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
    private readonly budgets: Budgets,
  ) {}

  async leaseBudget(request: LeaseBudgetRequest, metadata?: Metadata): Promise<LeaseBudgetResponse> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    const { leaseId, granted, slots, expiresAtMs, waitMs } = await this.lease.run(claims, {
      bucket: bucketFrom(request.bucket),
      mailbox: request.mailbox,
      units: request.units,
      slots: request.slots,
      uploadBytes: request.uploadBytes,
    });
    const [units = 0, uploadBytes = 0] = granted;
    const isOutlook = request.bucket === Bucket.BUCKET_OUTLOOK;
    return { leaseId, units, slots, uploadBytes: isOutlook ? uploadBytes : 0, expiresAtMs, waitMs };
  }

  async returnBudget(request: ReturnBudgetRequest, metadata?: Metadata): Promise<ReturnBudgetResponse> {
    const claims = await this.#claims(request.grant, metadata);
    const unused = [request.unusedUnits, request.unusedUploadBytes];
    await this.budgets.giveBack(claims.tenant, request.leaseId, unused, request.isFinished);
    return {};
  }

  async reportThrottle(request: ReportThrottleRequest, metadata?: Metadata): Promise<ReportThrottleResponse> {
    const { tenant } = await this.grants.run(request.grant, callerOf(metadata));
    const scope = request.bucket === Bucket.BUCKET_OUTLOOK ? request.mailbox : '';
    await this.budgets.fence(tenant, bucketFrom(request.bucket), scope, request.retryAfterMs || UNSAID_WAIT_MS);
    return {};
  }

  #claims(grant: string, metadata: Metadata | undefined): Promise<GrantClaims> {
    return this.grants.run(grant, callerOf(metadata));
  }
}

function bucketFrom(wire: Bucket): 'outlook' | 'sharepoint' | 'identity' {
  if (wire === Bucket.BUCKET_OUTLOOK || wire === Bucket.BUCKET_SHAREPOINT || wire === Bucket.BUCKET_IDENTITY)
    return BUCKETS[wire];
  throw new AppError('INVALID_ARGUMENT', 'bucket has to be one of outlook, sharepoint and identity.', {
    context: { field: 'bucket', rule: 'outlook, sharepoint or identity' },
  });
}
