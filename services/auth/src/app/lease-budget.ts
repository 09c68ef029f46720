import type { GrantClaims } from '@holdfast/contracts';
import { resourceParts } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { ServiceCount } from '../domain/budget/bucket.js';
import type { LeaseAsk, LeaseAnswer, Told } from '../domain/budget/lease.js';
import { BudgetBuckets, type Buckets, type MeteredService } from './budget-buckets.js';
import { Budgets } from './budgets.port.js';

export interface BudgetWish {
  readonly service: MeteredService;
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
    const buckets = await this.buckets.of(claims.tenant, wish.service, wish.mailbox);
    const ask = askOf(claims, wish);
    const own = await this.budgets.lease(buckets.own, ask);
    const answer = await this.#withinApp(claims, buckets, ask, own);
    const [units = 0, second = 0] = answer.granted;
    const { slots, validMs, waitMs } = answer;
    return { leaseId: ask.leaseId, units, uploadBytes: isMail(wish) ? second : 0, slots, validMs, waitMs };
  }

  /** Takes a slice back from its own bucket and from the app's. */
  async giveBack(
    { tenant }: GrantClaims,
    slice: Pick<BudgetWish, 'service' | 'mailbox' | 'leaseId' | 'left'>,
  ): Promise<void> {
    const { own, app } = await this.buckets.of(tenant, slice.service, slice.mailbox);
    const { leaseId } = slice;
    const told = toldOf(slice);
    await this.budgets.giveBack(own, { leaseId, told });
    await this.budgets.giveBack(app, { leaseId, told: inApp(told) });
  }

  /** What the tenant's bucket grants has to fit into the app's too. What does not goes back at once. */
  async #withinApp(
    claims: GrantClaims,
    { own, app }: Buckets,
    ask: LeaseAsk,
    granted: LeaseAnswer,
  ): Promise<LeaseAnswer> {
    const [wanted = 0] = granted.granted;
    const least = Math.min(wanted, ask.least[0] ?? 0);
    const { seen: _, ...asked } = ask;
    const spared = await this.budgets.lease(app, {
      ...asked,
      told: inApp(ask.told),
      member: claims.tenant,
      wanted: [wanted],
      least: [least],
      slots: 0,
    });
    const [units = 0] = spared.granted;
    const validMs = Math.min(granted.validMs, spared.validMs);
    if (units === wanted) return { ...granted, validMs };
    const isNothing = units < least || units === 0;
    const kept = granted.granted.map((amount, index) =>
      isNothing ? 0 : index === 0 || own.rules.isOneUnit ? units : amount,
    );
    await this.budgets.lease(own, {
      ...asked,
      told: {
        unused: granted.granted.map((amount, index) => amount - (kept[index] ?? 0)),
        inFlight: ask.told.inFlight.map((amount, index) => amount + (kept[index] ?? 0)),
        inside: granted.slots,
      },
      wanted: ask.wanted.map(() => 0),
      least: ask.least.map(() => 0),
    });
    return { ...granted, granted: kept, validMs, waitMs: isNothing ? spared.waitMs : 0 };
  }
}

function askOf({ lane, task, resource }: GrantClaims, wish: BudgetWish): LeaseAsk {
  const second = isMail(wish) ? wish.uploadBytes : wish.units;
  const leastSecond = isMail(wish) ? wish.leastUploadBytes : wish.leastUnits;
  return {
    leaseId: wish.leaseId === '' ? randomUUID() : wish.leaseId,
    told: toldOf(wish),
    // Tasks share a mailbox; users share what their tenant has.
    member: isMail(wish) ? task : resourceParts(resource).ownerId,
    lane,
    wanted: [wish.units, second],
    least: [wish.leastUnits, leastSecond],
    slots: isMail(wish) ? wish.slots : 0,
    ...(wish.seen && { seen: wish.seen }),
  };
}

/** In the order of the bucket's meters: requests and bytes of a mailbox; else the same unit in each. */
function toldOf({ service, left }: Pick<BudgetWish, 'service' | 'left'>): Told {
  return {
    unused: [left.unusedUnits, service === 'outlook' ? left.unusedUploadBytes : left.unusedUnits],
    inFlight: [left.inFlightUnits, service === 'outlook' ? left.inFlightUploadBytes : left.inFlightUnits],
    inside: service === 'outlook' ? left.inFlightRequests : 0,
  };
}

function inApp({ unused, inFlight }: Told): Told {
  return { unused: unused.slice(0, 1), inFlight: inFlight.slice(0, 1), inside: 0 };
}

const isMail = ({ service }: Pick<BudgetWish, 'service'>) => service === 'outlook';
