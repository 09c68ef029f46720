import { z } from 'zod';
import { ApiError } from '../api-error.js';
import { requireUser } from '../find-user.js';
import type { TenantDirectory } from '../directory/tenant-directory.js';
import { ok, parseBody, tenantOf, type ControlCall, type ControlRoute } from './control-route.js';
import { dump, dumpLines, type DumpChoice } from './dump.js';
import { live, serves } from './live.js';

const DAY_MS = 86_400_000;
const WORKLOADS = ['mail', 'drive'] as const;

const mutation = z.looseObject({ workload: z.enum(WORKLOADS) });

const livePlan = z.strictObject({
  /** Absent: eight per user and day. */
  operations: z.number().int().min(0).max(1_000_000).exactOptional(),
  days: z.number().min(0).max(3660).default(0),
  joiners: z.number().int().min(0).max(1000).default(0),
  leavers: z.number().int().min(0).max(1000).default(0),
  seed: z.number().int().default(0),
  workloads: z.array(z.enum(WORKLOADS)).default([...WORKLOADS]),
});

const destruction = z.strictObject({
  seed: z.number().int().default(0),
  /** Part of each user's things, 0 to 1. */
  share: z.number().min(0).max(1).default(0.5),
  /** Ids or names; absent = everybody. */
  users: z.array(z.string()).exactOptional(),
  workloads: z.array(z.enum(WORKLOADS)).default([...WORKLOADS]),
});

async function mutate(call: ControlCall) {
  const op = parseBody(mutation, call.body);
  const workload = call.world.workloads.find(({ name }) => name === op.workload);
  if (!workload)
    throw new ApiError(400, 'WorkloadMissing', `This simulator was started without the workload ${op.workload}.`);
  return ok(await workload.mutate(tenantOf(call), op));
}

async function letLive(call: ControlCall) {
  const tenant = tenantOf(call);
  const { operations, days, ...plan } = parseBody(livePlan, call.body);
  const count = operations ?? Math.ceil(tenant.users.size * Math.max(1, days) * 8);
  return ok(live(call.world, tenant, { ...plan, operations: count, advanceMs: days * DAY_MS }));
}

/** An attacker with a stolen session: much is deleted or overwritten at once. */
async function destroy(call: ControlCall) {
  const tenant = tenantOf(call);
  const { seed, share, users, workloads } = parseBody(destruction, call.body);
  const victims = users ? users.map((user) => requireUser(tenant, user)) : [...tenant.users.values()];
  const rng = tenant.rng.derive('destroy', seed);
  const changes = victims.flatMap((user) =>
    call.world.workloads
      .filter((workload) => workloads.includes(workload.name) && serves(workload, user))
      .map((workload) => ({
        workload: workload.name,
        userId: user.id,
        ...workload.destroy(tenant, user, rng.derive(workload.name, user.id), share),
      })),
  );
  return ok({ changes });
}

function choiceOf(tenant: TenantDirectory, query: URLSearchParams): DumpChoice {
  const users = query.getAll('user').map((user) => requireUser(tenant, user).id);
  return { users: users.length > 0 ? users : undefined, workload: query.get('workload') ?? undefined };
}

const NDJSON = { 'Content-Type': 'application/x-ndjson' };

/** Models as they were, by tenant and label. */
class Snapshots {
  readonly #kept = new WeakMap<TenantDirectory, Map<string, Buffer>>();

  async take(call: ControlCall) {
    const tenant = tenantOf(call);
    const { label } = parseBody(z.strictObject({ label: z.string().min(1).max(200) }), call.body);
    const pieces: Uint8Array[] = [];
    for await (const piece of dumpLines(dump(call.world, tenant, choiceOf(tenant, call.query)))) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const kept = this.#kept.get(tenant) ?? new Map<string, Buffer>();
    this.#kept.set(tenant, kept.set(label, bytes));
    return ok({ label, bytes: bytes.length });
  }

  async read(call: ControlCall) {
    const label = call.params['label'] ?? '';
    const bytes = this.#kept.get(tenantOf(call))?.get(label);
    if (!bytes) throw new ApiError(404, 'SnapshotNotFound', `There is no snapshot with the label ${label}.`);
    return { status: 200, headers: NDJSON, body: bytes };
  }
}

const switchChange = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

async function setSwitches(call: ControlCall) {
  const { switches } = tenantOf(call);
  for (const [name, value] of Object.entries(parseBody(switchChange, call.body)))
    if (!switches.set(name, value))
      throw new ApiError(400, 'SwitchUnknown', `There is no switch ${name} with the choice ${value}.`);
  return ok(switches.all());
}

/** What happens to a tenant's things, and what they are. */
export function modelControl(): readonly ControlRoute[] {
  const snapshots = new Snapshots();
  return [
    { method: 'POST', pattern: '/tenants/{tenant}/mutate', handle: mutate },
    { method: 'POST', pattern: '/tenants/{tenant}/live', handle: letLive },
    { method: 'POST', pattern: '/tenants/{tenant}/destroy', handle: destroy },
    {
      method: 'GET',
      pattern: '/tenants/{tenant}/dump',
      handle: async (call) => {
        const tenant = tenantOf(call);
        return {
          status: 200,
          headers: NDJSON,
          body: dumpLines(dump(call.world, tenant, choiceOf(tenant, call.query))),
        };
      },
    },
    { method: 'POST', pattern: '/tenants/{tenant}/snapshots', handle: (call) => snapshots.take(call) },
    { method: 'GET', pattern: '/tenants/{tenant}/snapshots/{label}', handle: (call) => snapshots.read(call) },
    { method: 'PATCH', pattern: '/tenants/{tenant}/switches', handle: setSwitches },
  ];
}
