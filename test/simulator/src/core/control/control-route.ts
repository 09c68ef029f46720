import { type z } from 'zod';
import { ApiError } from '../api-error.js';
import type { TenantDirectory } from '../directory/tenant-directory.js';
import type { SimResponse } from '../route.js';
import type { World } from '../world.js';

export interface ControlCall {
  readonly world: World;
  /** What the path's `{names}` stand for. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body; an empty object when there was none. */
  readonly body: unknown;
}

/** One call of the control API. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly pattern: string;
  handle(call: ControlCall): Promise<SimResponse>;
}

export const ok = (body: object): SimResponse => ({ status: 200, body });

/** The body by its schema; 400 naming every field that breaks a rule. */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`,
  );
  throw new ApiError(400, 'InvalidControlRequest', problems.join('; '));
}

export function tenantOf({ world, params }: ControlCall): TenantDirectory {
  const tenant = world.tenants.get(params['tenant'] ?? '');
  if (!tenant)
    throw new ApiError(404, 'TenantNotFound', `There is no tenant ${params['tenant'] ?? ''}; GET /tenants lists them.`);
  return tenant;
}
