import type { GrantClaims } from '@holdfast/contracts';
import { APP_LIMIT, identityLimit, OUTLOOK_LIMITS, sharepointLimits, type WindowLimit } from '@holdfast/graph';
import { Injectable } from '@nestjs/common';
import { Budgets, type BudgetLease, type BudgetMeter } from './budgets.port.js';
import { GetToken } from './get-token.js';
import { Microsoft } from './microsoft.port.js';
import { Tenants, type TenantSize } from './tenants.port.js';

export interface BudgetWish {
  readonly bucket: 'outlook' | 'sharepoint' | 'identity';
  /** Owner of the mailbox, for `outlook`. */
  readonly mailbox: string;
  readonly units: number;
  readonly slots: number;
  readonly uploadBytes: number;
}

/** The part of a documented limit that is leased; the rest absorbs the way between our clock and Microsoft's. */
const SHARE = 0.96;
/** A lease that is not given back ends by itself. */
const LEASE_MS = 60_000;
const SMALLEST: TenantSize = { licences: 0, users: 0 };

/** Leases slices of Microsoft's documented budgets to whoever holds a live grant. */
@Injectable()
export class LeaseBudget {
  constructor(
    private readonly budgets: Budgets,
    private readonly tenants: Tenants,
    private readonly microsoft: Microsoft,
    private readonly getToken: GetToken,
  ) {}

  async run(claims: GrantClaims, wish: BudgetWish): Promise<BudgetLease> {
    const size = await this.#size(claims);
    const { cloud, clientId } = await this.tenants.get(claims.tenant);
    const scale = this.microsoft.addresses(cloud).limitsTimeScale;
    const isOutlook = wish.bucket === 'outlook';
    const lease = await this.budgets.lease({
      tenantId: claims.tenant,
      bucket: wish.bucket,
      scope: isOutlook ? wish.mailbox : '',
      lane: claims.lane,
      meters: metersOf(wish, size, scale),
      slots: isOutlook ? wish.slots : 0,
      slotsAllowed: isOutlook ? OUTLOOK_LIMITS.concurrent : 0,
      leaseMs: LEASE_MS,
      holder: `${claims.task}/${claims.epoch}`,
    });
    return lease.leaseId === '' ? lease : this.#withinApp(claims, lease, { cloud, clientId, scale });
  }

  /**
   * What the tenant grants has to fit into the app's limit too, which all its tenants share. A unit counts as one request there:
   * none costs less.
   */
  async #withinApp({ tenant, lane }: GrantClaims, lease: BudgetLease, app: App): Promise<BudgetLease> {
    const [wanted = 0, ...others] = lease.granted;
    const meter = meterOf(app.scale)('requests', APP_LIMIT, wanted);
    const { granted, waitMs } = await this.budgets.spend({ ...app, lane, meter });
    if (granted === wanted) return lease;
    const isNothing = granted === 0;
    const unused = lease.granted.map((amount, index) => (index === 0 ? wanted - granted : isNothing ? amount : 0));
    await this.budgets.giveBack(tenant, lease.leaseId, unused, isNothing);
    return isNothing
      ? { leaseId: '', granted: unused.map(() => 0), slots: 0, expiresAtMs: 0, waitMs }
      : { ...lease, granted: [granted, ...others] };
  }

  /** Licences decide the SharePoint tier, users the directory's; read from Microsoft once and kept. */
  async #size({ tenant }: GrantClaims): Promise<TenantSize> {
    const known = await this.tenants.size(tenant);
    if (known) return known;
    // The smallest tier is right for a tenant whose licences cannot be read: too slow, never too fast.
    const size = await this.microsoft.size(await this.getToken.signed(tenant)).catch(() => SMALLEST);
    await this.tenants.noteSize(tenant, size);
    return size;
  }
}

interface App {
  readonly cloud: string;
  readonly clientId: string;
  /** How much faster than Microsoft's its limits run. */
  readonly scale: number;
}

const meterOf =
  (scale: number) =>
  (name: string, { amount, perMs }: WindowLimit, wanted: number): BudgetMeter => ({
    name,
    limit: { amount: Math.floor(amount * SHARE), windowMs: perMs / scale },
    wanted,
  });

function metersOf(wish: BudgetWish, size: TenantSize, scale: number): readonly BudgetMeter[] {
  const meter = meterOf(scale);
  switch (wish.bucket) {
    case 'outlook':
      return [
        meter('requests', OUTLOOK_LIMITS.requests, wish.units),
        meter('upload', OUTLOOK_LIMITS.uploadBytes, wish.uploadBytes),
      ];
    case 'sharepoint': {
      const { minute, day } = sharepointLimits(size);
      return [meter('minute', minute, wish.units), meter('day', day, wish.units)];
    }
    case 'identity':
      return [meter('directory', identityLimit(size), wish.units)];
  }
}
