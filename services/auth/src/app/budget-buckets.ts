import {
  APP_LIMIT,
  identityLimit,
  LARGEST_DEMAND,
  OUTLOOK_LIMITS,
  sharepointLimits,
  type WindowLimit,
} from '@holdfast/graph';
import { Clock, isAppError, parseTenantId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { BucketRules, Meter } from '../domain/budget/bucket.js';
import type { BudgetBucket } from './budgets.port.js';
import { GetToken } from './get-token.js';
import { Microsoft } from './microsoft.port.js';
import { Tenants, type TenantSize } from './tenants.port.js';

export type MeteredService = 'outlook' | 'sharepoint' | 'identity';
/** What slices are leased of. Of the app's, a unit counts as one request, since none costs less. */
export type LeasedBucket = MeteredService | 'app';

/** What decides a tenant's limits. */
interface Footing {
  readonly size: TenantSize;
  readonly app: string;
  readonly timeScale: number;
  readonly share: number;
  readonly readAtMs: number;
}

/** Tenants rarely change their size or their app: both are read again after this. */
const KEPT_MS = 60_000;
const KEPT_TENANTS = 2_000;
const SMALLEST: TenantSize = { licences: 0, users: 0 };
/** Parts that lower lanes leave of a minute, which comes back soon, and of a day, which does not. */
const MINUTE_RESERVE = 0.01;
const DAY_RESERVE = 0.025;
/** A turn among others is what flows into a window in this part of it. */
const TURN = 1 / 120;

/** Knows which documented limits hold for a tenant. */
@Injectable()
export class BudgetBuckets {
  readonly #kept = new Map<TenantId, Footing>();
  readonly #coming = new Map<TenantId, Promise<Footing>>();

  constructor(
    private readonly tenants: Tenants,
    private readonly microsoft: Microsoft,
    private readonly getToken: GetToken,
    private readonly clock: Clock,
  ) {}

  async of(tenant: TenantId, service: LeasedBucket, mailbox = ''): Promise<BudgetBucket> {
    const footing = await this.#footing(tenant);
    const tenantId = service === 'app' ? poolOfApp(footing.app) : tenant;
    return { tenantId, service, mailbox: service === 'outlook' ? mailbox : '', rules: rulesOf(service, footing) };
  }

  /** Read once for all that ask meanwhile: at a job's start every task does, and reading asks Microsoft. */
  async #footing(tenant: TenantId): Promise<Footing> {
    const kept = this.#kept.get(tenant);
    if (kept && kept.readAtMs + KEPT_MS > this.clock.now()) return kept;
    const coming = this.#coming.get(tenant) ?? this.#read(tenant).finally(() => this.#coming.delete(tenant));
    this.#coming.set(tenant, coming);
    return coming;
  }

  async #read(tenant: TenantId): Promise<Footing> {
    const { cloud, clientId } = await this.tenants.get(tenant);
    const { limitsTimeScale, limitsShare } = this.microsoft.addresses(cloud);
    const size = await this.#size(tenant);
    const app = `${cloud}\0${clientId}`;
    const footing = { size, app, timeScale: limitsTimeScale, share: limitsShare, readAtMs: this.clock.now() };
    if (this.#kept.size >= KEPT_TENANTS) this.#kept.clear();
    this.#kept.set(tenant, footing);
    return footing;
  }

  /** Licences decide the SharePoint tier, users the directory's; read from Microsoft once and kept. */
  async #size(tenant: TenantId): Promise<TenantSize> {
    const known = await this.tenants.size(tenant);
    if (known) return known;
    // The smallest tier is right for a tenant whose licences cannot be read: too slow, never too fast.
    let size = SMALLEST;
    try {
      size = await this.microsoft.size(await this.getToken.signed(tenant));
    } catch (error) {
      // Not kept: it is asked for again with the next footing.
      if (!isAppError(error) || error.retry === 'later') return SMALLEST;
    }
    await this.tenants.noteSize(tenant, size);
    return size;
  }
}

function rulesOf(service: LeasedBucket, footing: Footing): BucketRules {
  switch (service) {
    case 'outlook': {
      const { requests, uploadBytes, concurrent } = OUTLOOK_LIMITS;
      const meters = [meter(footing, 'requests', requests, 0), meter(footing, 'upload', uploadBytes, 0)];
      return { meters, isOneUnit: false, isShared: false, slots: concurrent, quantum: turnOf(meters) };
    }
    case 'sharepoint': {
      const { minute, day } = sharepointLimits(footing.size);
      const meters = [meter(footing, 'minute', minute, MINUTE_RESERVE), meter(footing, 'day', day, DAY_RESERVE)];
      return shared(meters);
    }
    case 'identity':
      return shared([meter(footing, 'directory', identityLimit(footing.size), MINUTE_RESERVE)]);
    case 'app':
      return shared([meter(footing, 'requests', APP_LIMIT, MINUTE_RESERVE)]);
  }
}

function shared(meters: readonly Meter[]): BucketRules {
  return { meters, isOneUnit: true, isShared: true, slots: 0, quantum: turnOf(meters) };
}

/** However small the share, the costliest request fits. */
function meter({ timeScale, share }: Footing, name: string, { amount, perMs }: WindowLimit, reserve: number): Meter {
  const least = name === 'upload' ? LARGEST_DEMAND.outlookUploadBytes : LARGEST_DEMAND.units;
  const kept = Math.max(Math.ceil(least / (1 - reserve)), amount * share);
  return { name, limit: { amount: Math.floor(kept), windowMs: perMs / timeScale }, reserve };
}

function turnOf([first]: readonly Meter[]): number {
  return Math.max(1, Math.floor((first?.limit.amount ?? 1) * TURN));
}

/** In the place where a tenant's own id stands: no tenant has such an id. */
function poolOfApp(app: string): TenantId {
  const hash = createHash('sha256').update(app).digest('hex');
  return parseTenantId(hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'));
}
