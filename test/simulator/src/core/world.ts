import { ApiError } from './api-error.js';
import { makeAppCertificate, type AppCertificate } from './certificates.js';
import { directoryOf, TenantDirectory } from './directory/tenant-directory.js';
import { makeUser } from './directory/populate.js';
import { FaultScript } from './faults.js';
import { RequestLog } from './request-log.js';
import { Rng } from './rng.js';
import { ContentLinks } from './server/content-links.js';
import type { AppRegistration } from './signin/app-registration.js';
import { TokenStore } from './signin/token-store.js';
import { SimClock, TenantClock } from './sim-clock.js';
import type { SimTenant, SimUser } from './tenant.js';
import { Throttle } from './throttle/throttle.js';
import type { Population, SimWorkload } from './workload.js';

export interface WorldOptions {
  readonly seed: number | string;
  /** Milliseconds since 1970 at which the simulated time starts. */
  readonly startAt: number;
  readonly workloads: readonly SimWorkload[];
}

export interface TenantPlan extends Population {
  readonly users: number;
  readonly displayName?: string;
  /** What the tenant is drawn from; absent = its number in this world. */
  readonly seed?: number;
}

/** Everything that one simulator holds. */
export class World {
  readonly rng: Rng;
  readonly clock: SimClock;
  readonly faults = new FaultScript();
  readonly log = new RequestLog();
  readonly throttle = new Throttle();
  readonly links: ContentLinks;
  readonly workloads: readonly SimWorkload[];
  readonly tenants = new Map<string, TenantDirectory>();
  readonly apps = new Map<string, AppRegistration>();
  readonly #populations = new Map<string, Population>();
  #tenantsMade = 0;
  #certificate: Promise<AppCertificate> | undefined;

  private constructor(
    options: WorldOptions,
    clock: SimClock,
    readonly tokens: TokenStore,
  ) {
    this.rng = new Rng(`world:${options.seed}`);
    this.clock = clock;
    this.workloads = options.workloads;
    this.links = new ContentLinks(this.rng.derive('links').bytes(32).toString('hex'));
  }

  static async make(options: WorldOptions): Promise<World> {
    const clock = new SimClock(options.startAt);
    return new World(options, clock, await TokenStore.make());
  }

  /** The certificate that apps are registered with; one for all, since making an RSA key takes longer than making a tenant. */
  appCertificate(): Promise<AppCertificate> {
    return (this.#certificate ??= makeAppCertificate('Backup app'));
  }

  /** A new tenant; equal seeds give equal tenants. 409 when the world has one of this seed. */
  createTenant(plan: TenantPlan): TenantDirectory {
    const index = plan.seed ?? this.#tenantsMade++;
    const rng = this.rng.derive('tenant', plan.seed === undefined ? index : `seed ${index}`);
    if (this.tenants.has(rng.derive('id').uuid()))
      throw new ApiError(409, 'TenantExists', `There is a tenant of seed ${index} already; DELETE it first.`);
    const prefix = `contoso${rng.derive('prefix').int(100, 999)}${index}`;
    const tenant = new TenantDirectory({
      id: rng.derive('id').uuid(),
      prefix,
      domain: `${prefix}.onmicrosoft.com`,
      displayName: plan.displayName ?? `Contoso ${index + 1}`,
      rng,
      clock: new TenantClock(this.clock),
    });
    this.tenants.set(tenant.id, tenant);
    const { messages, files, messageKib, isPlain, fileKib } = plan;
    this.#populations.set(tenant.id, { messages, files, messageKib, isPlain, fileKib });
    for (let user = 0; user < plan.users; user += 1) this.addUser(tenant, makeUser(tenant, user), plan);
    return tenant;
  }

  removeTenant(id: string): boolean {
    const tenant = this.tenants.get(id);
    if (!tenant) return false;
    for (const user of [...tenant.users.values()]) this.removeUser(tenant, user.id, 'deleted');
    for (const app of this.apps.values()) app.removeFrom(id);
    this.#populations.delete(id);
    return this.tenants.delete(id);
  }

  /** Adds a user with the tenant's usual amount of content, unless said otherwise. */
  addUser(tenant: TenantDirectory, user: SimUser, population = this.#populations.get(tenant.id)): void {
    tenant.addUser(user);
    for (const workload of this.workloads) workload.addUser(tenant, user, population ?? { messages: 0, files: 0 });
  }

  removeUser(tenant: TenantDirectory, userId: string, reason: 'changed' | 'deleted'): boolean {
    if (!tenant.removeUser(userId, reason)) return false;
    for (const workload of this.workloads) workload.removeUser(tenant, userId);
    return true;
  }

  /** By id or by domain. */
  findTenant(idOrDomain: string): SimTenant | undefined {
    return this.tenants.get(idOrDomain.toLowerCase()) ?? this.#byDomain(idOrDomain.toLowerCase());
  }

  findApp(clientId: string): AppRegistration | undefined {
    return this.apps.get(clientId.toLowerCase());
  }

  licencesOf(tenant: SimTenant): number {
    return directoryOf(tenant).licences;
  }

  #byDomain(domain: string): SimTenant | undefined {
    return [...this.tenants.values()].find((tenant) => tenant.domain === domain);
  }
}
