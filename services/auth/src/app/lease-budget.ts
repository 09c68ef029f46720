import type { GrantClaims } from '@holdfast/contracts';
import { resourceParts } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { ServiceCount } from '../domain/budget/bucket.js';
import type { LeaseAsk, Told } from '../domain/budget/lease.js';
import { BudgetBuckets, type LeasedBucket } from './budget-buckets.js';
import { Budgets } from './budgets.port.js';

export interface BudgetWish {
  readonly bucket: LeasedBucket;
  /** Owner of the mailbox, for `outlook`. */
  readonly mailbox: string;
  readonly units: number;
  readonly leastUnits: number;
  readonly uploadBytes: number;
  readonly leastUploadBytes: number;
  readonly slots: number;
  /** The slice held so far, or empty. */
  readonly leaseId: string;
  readonly left: BudgetLeft;
  readonly seen?: ServiceCount;
}

/** What of a slice is not spent. */
export interface BudgetLeft {
  readonly unusedUnits: number;
  readonly unusedUploadBytes: number;
  readonly inFlightUnits: number;
  readonly inFlightUploadBytes: number;
  readonly inFlightRequests: number;
}

export interface BudgetSlice {
  readonly leaseId: string;
  readonly units: number;
  readonly uploadBytes: number;
  readonly slots: number;
  readonly validMs: number;
  readonly waitMs: number;
}

/** Leases slices of Microsoft's documented budgets to whoever holds a live grant. */
@Injectable()
export class LeaseBudget {
  constructor(
    private readonly budgets: Budgets,
    private readonly buckets: BudgetBuckets,
  ) {}

  async run(claims: GrantClaims, wish: BudgetWish): Promise<BudgetSlice> {
    const ask = askOf(claims, wish);
    const bucket = await this.buckets.of(claims.tenant, wish.bucket, wish.mailbox);
    const { granted, slots, validMs, waitMs } = await this.budgets.lease(bucket, ask);
    const [units = 0, second = 0] = granted;
    return { leaseId: ask.leaseId, units, uploadBytes: isMail(wish) ? second : 0, slots, validMs, waitMs };
  }

  /** Takes a slice back for good. */
  async giveBack(
    { tenant }: GrantClaims,
    slice: Pick<BudgetWish, 'bucket' | 'mailbox' | 'leaseId' | 'left'>,
  ): Promise<void> {
    const bucket = await this.buckets.of(tenant, slice.bucket, slice.mailbox);
    await this.budgets.giveBack(bucket, { leaseId: slice.leaseId, told: toldOf(slice) });
  }
}

function askOf(claims: GrantClaims, wish: BudgetWish): LeaseAsk {
  const second = isMail(wish) ? wish.uploadBytes : wish.units;
  const leastSecond = isMail(wish) ? wish.leastUploadBytes : wish.leastUnits;
  return {
    leaseId: wish.leaseId === '' ? randomUUID() : wish.leaseId,
    told: toldOf(wish),
    member: memberOf(claims, wish),
    lane: claims.lane,
    wanted: [wish.units, second],
    least: [wish.leastUnits, leastSecond],
    slots: isMail(wish) ? wish.slots : 0,
    ...(wish.seen && { seen: wish.seen }),
  };
}

/** Tasks share a mailbox, users what their tenant has, and tenants what the app has. */
function memberOf({ tenant, task, resource }: GrantClaims, { bucket }: BudgetWish): string {
  switch (bucket) {
    case 'outlook':
      return task;
    case 'app':
      return tenant;
    default:
      return resourceParts(resource).ownerId;
  }
}

/** In the order of the bucket's meters: requests and bytes of a mailbox; else the same unit in each. */
function toldOf({ bucket, left }: Pick<BudgetWish, 'bucket' | 'left'>): Told {
  const isMailbox = bucket === 'outlook';
  return {
    unused: [left.unusedUnits, isMailbox ? left.unusedUploadBytes : left.unusedUnits],
    inFlight: [left.inFlightUnits, isMailbox ? left.inFlightUploadBytes : left.inFlightUnits],
    inside: isMailbox ? left.inFlightRequests : 0,
  };
}

const isMail = ({ bucket }: Pick<BudgetWish, 'bucket'>) => bucket === 'outlook';
