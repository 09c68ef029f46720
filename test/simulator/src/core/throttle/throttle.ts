import { ApiError } from '../api-error.js';
import type { Bucket, Principal } from '../route.js';
import type { SimTenant } from '../tenant.js';
import {
  GLOBAL_REQUESTS,
  identityBudget,
  MeterShelf,
  OUTLOOK_PARALLEL,
  OUTLOOK_REQUESTS,
  OUTLOOK_UPLOAD,
  sharePointBudgets,
  type Budget,
} from './budgets.js';
import type { Algorithm, MeterReading } from './meter.js';
import {
  algorithmSwitch,
  concurrencyWaitSwitch,
  DEFAULT_THROTTLE,
  retryAfterSwitch,
  type ThrottleSettings,
} from './settings.js';

/** A request as the budgets see it. */
export interface MeteredCall {
  readonly bucket: Bucket;
  /** Requests or resource units. */
  readonly cost: number;
  /** The mailbox's user id for the outlook bucket. */
  readonly mailbox: string;
  /** Bytes of a POST, PATCH or PUT body. */
  readonly uploadBytes: number;
  /** Licences of the tenant, for SharePoint's tier. */
  readonly licences: number;
}

/** A call that may go on: headers to add to its answer, and what to call when it has ended. */
export interface Pass {
  readonly headers: Readonly<Record<string, string>>;
  release(): void;
}

const nothing = (): void => undefined;
const FREE: Pass = { headers: {}, release: nothing };

/** The documented budgets of all tenants and apps. */
export class Throttle {
  settings: ThrottleSettings = DEFAULT_THROTTLE;
  readonly #meters = new MeterShelf();
  readonly #inFlight = new Map<string, number>();

  /** Forgets what was used; requests in flight stay counted. */
  clear(): void {
    this.#meters.clear();
  }

  /** Counts the call; throws the documented 429 when a budget is used up. */
  admit(tenant: SimTenant, principal: Principal, call: MeteredCall): Pass {
    if (!this.settings.isOn || call.bucket === 'none') return FREE;
    const global = this.#take(tenant, principal.appId, GLOBAL_REQUESTS, 1);
    if (global.isOver) throw this.#tooMany(tenant, global.waitMs);
    switch (call.bucket) {
      case 'outlook':
        return this.#admitOutlook(tenant, principal, call);
      case 'sharepoint':
        return this.#admitSharePoint(tenant, principal, call);
      case 'identity':
        return this.#admitIdentity(tenant, principal, call);
    }
  }

  #take(tenant: SimTenant, key: string, budget: Budget, units: number): MeterReading {
    const algorithm: Algorithm = this.settings.algorithm ?? tenant.switches.get(algorithmSwitch);
    const limit = this.#limitOf(budget);
    return this.#meters.take(key, { ...budget, limit }, algorithm, units, tenant.clock.now());
  }

  #limitOf(budget: Budget): number {
    return Math.max(1, Math.floor(budget.limit * this.settings.limitFactor));
  }

  /** `Retry-After` in real seconds, or nothing where the tenant's service leaves it out. */
  #retryAfter(tenant: SimTenant, waitMs: number): Record<string, string> {
    const hasHeader = this.settings.hasRetryAfter ?? tenant.switches.get(retryAfterSwitch);
    return hasHeader ? { 'Retry-After': String(tenant.clock.realSeconds(waitMs)) } : {};
  }

  /** docs: graph/throttling, sample response. */
  #tooMany(tenant: SimTenant, waitMs: number): ApiError {
    const headers = this.#retryAfter(tenant, waitMs);
    return new ApiError(429, 'TooManyRequests', 'Please retry again later.', { innerCode: '429', headers });
  }

  /** Body: alcionai/corso#3695, magodo/terraform-provider-outlook#21. */
  #overMailbox(tenant: SimTenant, limit: string, waitMs: number): ApiError {
    const headers = this.#retryAfter(tenant, waitMs);
    return new ApiError(429, 'ApplicationThrottled', `Application is over its ${limit} limit.`, { headers });
  }

  #admitOutlook(tenant: SimTenant, principal: Principal, call: MeteredCall): Pass {
    const key = `${principal.appId}|${tenant.id}|${call.mailbox}`;
    const requests = this.#take(tenant, key, OUTLOOK_REQUESTS, call.cost);
    if (requests.isOver) throw this.#overMailbox(tenant, OUTLOOK_REQUESTS.name, requests.waitMs);
    const upload = this.#take(tenant, key, OUTLOOK_UPLOAD, call.uploadBytes);
    if (upload.isOver) throw this.#overMailbox(tenant, OUTLOOK_UPLOAD.name, upload.waitMs);
    const before = this.#inFlight.get(key) ?? 0;
    if (before >= OUTLOOK_PARALLEL)
      throw this.#overMailbox(tenant, 'MailboxConcurrency', tenant.switches.get(concurrencyWaitSwitch) * 1000);
    this.#inFlight.set(key, before + 1);
    return { headers: {}, release: () => this.#leave(key) };
  }

  #leave(key: string): void {
    const left = (this.#inFlight.get(key) ?? 1) - 1;
    if (left > 0) this.#inFlight.set(key, left);
    else this.#inFlight.delete(key);
  }

  #admitSharePoint(tenant: SimTenant, principal: Principal, call: MeteredCall): Pass {
    const budgets = sharePointBudgets(this.settings.licences ?? call.licences);
    const key = `${principal.appId}|${tenant.id}`;
    const minute = this.#take(tenant, key, budgets.appMinute, call.cost);
    const day = this.#take(tenant, key, budgets.appDay, call.cost);
    const all = this.#take(tenant, tenant.id, budgets.tenantFiveMinutes, call.cost);
    const limit = this.#limitOf(budgets.appMinute);
    const headers = rateLimitHeaders(tenant, minute, limit);
    // RateLimit headers speak of the minute only: a 429 of another limit carries none (docs: SharePoint throttling page).
    if (minute.isOver) throw this.#overSharePoint(tenant, minute.waitMs, headers);
    if (day.isOver || all.isOver) throw this.#overSharePoint(tenant, Math.max(day.waitMs, all.waitMs), {});
    return { headers, release: nothing };
  }

  /** Body: OneDrive/onedrive-api-docs#744. */
  #overSharePoint(tenant: SimTenant, waitMs: number, headers: Readonly<Record<string, string>>): ApiError {
    return new ApiError(429, 'activityLimitReached', 'The request has been throttled', {
      innerCode: 'throttledRequest',
      headers: { ...headers, ...this.#retryAfter(tenant, waitMs) },
    });
  }

  #admitIdentity(tenant: SimTenant, principal: Principal, call: MeteredCall): Pass {
    const budget = identityBudget(tenant.users.size);
    const reading = this.#take(tenant, `${principal.appId}|${tenant.id}`, budget, call.cost);
    if (reading.isOver) throw this.#tooMany(tenant, reading.waitMs);
    const share = reading.used / this.#limitOf(budget);
    const percentage: Record<string, string> =
      share >= 0.8 ? { 'x-ms-throttle-limit-percentage': share.toFixed(1) } : {};
    return { headers: { 'x-ms-resource-unit': String(call.cost), ...percentage }, release: nothing };
  }
}

/** From 80 % use on (docs: SharePoint throttling page, RateLimit headers, IETF draft 03). */
function rateLimitHeaders(tenant: SimTenant, minute: MeterReading, limit: number): Record<string, string> {
  if (minute.used < limit * 0.8) return {};
  return {
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(Math.max(0, Math.floor(limit - minute.used))),
    'RateLimit-Reset': String(tenant.clock.realSeconds(minute.resetMs)),
  };
}
