import { makeUser } from '../directory/populate.js';
import { OFFICE_E3 } from '../directory/skus.js';
import type { TenantDirectory } from '../directory/tenant-directory.js';
import type { Rng } from '../rng.js';
import type { SimUser } from '../tenant.js';
import type { ChangeReport, SimWorkload } from '../workload.js';
import type { World } from '../world.js';

export interface LivePlan {
  readonly operations: number;
  /** Simulated milliseconds that pass meanwhile, spread evenly. */
  readonly advanceMs: number;
  readonly joiners: number;
  readonly leavers: number;
  readonly seed: number;
  readonly workloads: readonly string[];
}

export interface LiveReport {
  readonly operations: number;
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly changes: readonly ChangeReport[];
}

/** Whether a workload has anything of this user. */
export function serves(workload: SimWorkload, user: SimUser): boolean {
  return workload.name === 'mail' ? user.hasMailbox : user.hasDrive;
}

/** Lets a tenant live: seeded changes by its users, people who come and people who go, while the tenant's clock moves on. */
export function live(world: World, tenant: TenantDirectory, plan: LivePlan): LiveReport {
  const rng = tenant.rng.derive('live', `${plan.seed}`);
  const changes: ChangeReport[] = [];
  const step = plan.advanceMs / Math.max(1, plan.operations);
  const joined = Array.from({ length: plan.joiners }, () => join(world, tenant));
  const left = leave(world, tenant, plan.leavers, rng.derive('leavers'), joined);
  for (let operation = 0; operation < plan.operations; operation += 1) {
    tenant.clock.advance(Math.floor(step));
    const change = one(world, tenant, plan.workloads, rng);
    if (change) changes.push(change);
  }
  return { operations: changes.length, joined, left, changes };
}

function one(world: World, tenant: TenantDirectory, names: readonly string[], rng: Rng): ChangeReport | undefined {
  const workload = rng.pick(world.workloads.filter(({ name }) => names.includes(name)));
  const users = [...tenant.users.values()].filter((user) => serves(workload, user));
  if (users.length === 0) return undefined;
  const user = rng.pick(users);
  return { workload: workload.name, userId: user.id, ...workload.live(tenant, user, rng) };
}

/** A new employee: index beyond every user there was, always an ordinary person. */
function join(world: World, tenant: TenantDirectory): string {
  const user = makeUser(tenant, 1000 + tenant.sequence);
  Object.assign(user, {
    hasMailbox: true,
    hasDrive: true,
    skuIds: [OFFICE_E3.skuId],
    userType: 'Member',
    accountEnabled: true,
  });
  world.addUser(tenant, user);
  return user.id;
}

function leave(world: World, tenant: TenantDirectory, count: number, rng: Rng, joined: readonly string[]): string[] {
  const staying = [...tenant.users.values()].filter(({ id, purpose }) => purpose === 'user' && !joined.includes(id));
  const leaving = rng.shuffle(staying).slice(0, Math.min(count, staying.length - 1));
  for (const user of leaving) world.removeUser(tenant, user.id, 'changed');
  return leaving.map(({ id }) => id);
}
