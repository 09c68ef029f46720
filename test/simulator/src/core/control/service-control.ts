import { z } from 'zod';
import { ApiError } from '../api-error.js';
import { SERVER_FAULTS, WORKLOAD_FAULTS } from '../faults.js';
import { ALGORITHMS } from '../throttle/meter.js';
import { DEFAULT_THROTTLE } from '../throttle/settings.js';
import type { World } from '../world.js';
import { ok, parseBody, type ControlCall, type ControlRoute } from './control-route.js';

const natural = z.number().int().min(0);

const regularExpression = z.string().refine((text) => {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}, 'has to be a regular expression');

const faultRule = z.strictObject({
  fault: z.enum([...SERVER_FAULTS, ...WORKLOAD_FAULTS]),
  match: z
    .strictObject({
      method: z.string().exactOptional(),
      path: regularExpression.exactOptional(),
      tenantId: z.string().exactOptional(),
      user: z.string().exactOptional(),
      bucket: z.enum(['outlook', 'sharepoint', 'identity', 'none']).exactOptional(),
    })
    .exactOptional(),
  times: natural.exactOptional(),
  after: natural.exactOptional(),
  probability: z.number().min(0).max(1).exactOptional(),
  seed: z.number().int().exactOptional(),
  retryAfterSeconds: natural.exactOptional(),
  bytes: natural.exactOptional(),
  ms: natural.max(600_000).exactOptional(),
});

const clockChange = z.strictObject({
  set: z.union([z.number(), z.iso.datetime()]).exactOptional(),
  advanceMs: natural.exactOptional(),
  scale: z.number().min(0).max(1_000_000).exactOptional(),
});

const throttleChange = z.strictObject({
  isOn: z.boolean().default(DEFAULT_THROTTLE.isOn),
  algorithm: z.enum(ALGORITHMS).exactOptional(),
  hasRetryAfter: z.boolean().exactOptional(),
  licences: natural.exactOptional(),
  limitFactor: z.number().positive().default(DEFAULT_THROTTLE.limitFactor),
});

async function addFaults(call: ControlCall) {
  const rules = Array.isArray(call.body) ? parseBody(z.array(faultRule), call.body) : [parseBody(faultRule, call.body)];
  return ok({ ids: rules.map((rule) => call.world.faults.add(rule)) });
}

async function changeClock({ world, body }: ControlCall) {
  const { set, advanceMs, scale } = parseBody(clockChange, body);
  if (set !== undefined) world.clock.set(typeof set === 'number' ? set : Date.parse(set));
  if (scale !== undefined) world.clock.setScale(scale);
  if (advanceMs !== undefined) world.clock.advance(advanceMs);
  return ok(clockState(world));
}

function clockState({ clock }: World): object {
  return { now: clock.now(), iso: new Date(clock.now()).toISOString(), scale: clock.scale };
}

async function readLog({ world, query }: ControlCall) {
  const entries = world.log.entries(Number(query.get('since') ?? 0));
  const limit = Number(query.get('limit') ?? 1000);
  return ok({ count: world.log.count, entries: entries.slice(0, limit) });
}

/** As freshly started, but for the clock: no tenants, apps, faults, usage or log. */
async function reset({ world }: ControlCall) {
  for (const id of [...world.tenants.keys()]) world.removeTenant(id);
  world.apps.clear();
  world.faults.clear();
  world.throttle.clear();
  world.throttle.settings = DEFAULT_THROTTLE;
  world.log.reset();
  return ok({});
}

/** Time, faults, limits and the log: what belongs to no single tenant. */
export const serviceControl: readonly ControlRoute[] = [
  { method: 'GET', pattern: '/health', handle: async () => ok({ status: 'serving' }) },
  { method: 'GET', pattern: '/clock', handle: async ({ world }) => ok(clockState(world)) },
  { method: 'POST', pattern: '/clock', handle: changeClock },
  { method: 'GET', pattern: '/faults', handle: async ({ world }) => ok({ rules: world.faults.list() }) },
  { method: 'POST', pattern: '/faults', handle: addFaults },
  {
    method: 'DELETE',
    pattern: '/faults',
    handle: async ({ world }) => {
      world.faults.clear();
      return ok({});
    },
  },
  {
    method: 'DELETE',
    pattern: '/faults/{id}',
    handle: async ({ world, params }) => {
      if (!world.faults.remove(Number(params['id'])))
        throw new ApiError(404, 'FaultNotFound', 'There is no rule with this id.');
      return ok({});
    },
  },
  { method: 'GET', pattern: '/throttle', handle: async ({ world }) => ok(world.throttle.settings) },
  {
    method: 'PUT',
    pattern: '/throttle',
    handle: async ({ world, body }) => {
      world.throttle.settings = parseBody(throttleChange, body);
      return ok(world.throttle.settings);
    },
  },
  {
    method: 'POST',
    pattern: '/throttle/clear',
    handle: async ({ world }) => {
      world.throttle.clear();
      return ok({});
    },
  },
  { method: 'GET', pattern: '/log', handle: readLog },
  {
    method: 'GET',
    pattern: '/log/totals',
    handle: async ({ world }) => ok({ count: world.log.count, totals: world.log.totals() }),
  },
  {
    method: 'DELETE',
    pattern: '/log',
    handle: async ({ world }) => {
      world.log.reset();
      return ok({});
    },
  },
  { method: 'POST', pattern: '/reset', handle: reset },
];
