import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../api-error.js';
import type { SimResponse } from '../route.js';
import { HttpBody, readAll } from '../server/body-source.js';
import { parseJsonObject } from '../server/sim-request.js';
import { writeResponse } from '../server/write-response.js';
import type { World } from '../world.js';
import type { ControlRoute } from './control-route.js';
import { modelControl } from './model-control.js';
import { serviceControl } from './service-control.js';
import { tenantControl } from './tenant-control.js';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

interface CompiledRoute {
  readonly route: ControlRoute;
  readonly path: RegExp;
}

/** The simulator's own API, outside Microsoft's paths: what tests and the demo steer it with. */
export class ControlApi {
  readonly #routes: readonly CompiledRoute[];

  constructor(private readonly world: World) {
    this.#routes = [...serviceControl, ...tenantControl, ...modelControl()].map((route) => ({
      route,
      path: new RegExp(`^${route.pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
    }));
  }

  /** Performs one call without the network. `target` is path and query. */
  async call(method: string, target: string, body: unknown = {}): Promise<SimResponse> {
    const [path = '', queryText = ''] = target.split('?', 2);
    for (const { route, path: pattern } of this.#routes) {
      const match = route.method === method ? pattern.exec(path) : null;
      if (!match) continue;
      const params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      return route.handle({ world: this.world, params, query: new URLSearchParams(queryText), body });
    }
    const known = this.#routes.map(({ route }) => `${route.method} ${route.pattern}`).join(', ');
    throw new ApiError(404, 'NoSuchControl', `Nothing answers ${method} ${path}. There are: ${known}.`);
  }

  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const bytes = await readAll(new HttpBody(req), MAX_BODY_BYTES);
      const body = bytes.length === 0 ? {} : parseControlBody(bytes);
      await writeResponse(res, await this.call(req.method ?? 'GET', req.url ?? '/', body));
    } catch (error) {
      if (!(error instanceof ApiError) || res.headersSent) throw error;
      const { status, code, message } = error;
      await writeResponse(res, { status, body: { error: { code, message } } });
    }
  }
}

/** An object, or a list of objects for the calls that take several. */
function parseControlBody(bytes: Buffer): unknown {
  const text = bytes.toString().trimStart();
  if (!text.startsWith('[')) return parseJsonObject(bytes);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, 'BadRequest', 'The body is not valid JSON.');
  }
}
