import type { INestApplication } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressTaken } from './address-taken.js';
import type { Readiness } from './readiness.js';

interface HealthAnswer {
  readonly status: number;
  readonly body: object;
}

type Route = (readiness: Readiness) => Promise<HealthAnswer>;

/** The process answers. */
const live: Route = async () => ({ status: 200, body: { status: 'live' } });

/** It can do its work, else the names of what is missing. */
const ready: Route = async (readiness) => {
  const failing = await readiness.failing();
  if (failing.length === 0) return { status: 200, body: { status: 'ready' } };
  return { status: 503, body: { status: 'not ready', failing } };
};

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/health/live', live],
  ['/health/ready', ready],
]);
const UNKNOWN: HealthAnswer = { status: 404, body: { status: 'unknown' } };

/** Serves health beside a service's own HTTP routes. */
export function serveHealth(app: INestApplication, readiness: Readiness): void {
  for (const [path, route] of ROUTES)
    app.use(path, async (_: IncomingMessage, response: ServerResponse) => answer(response, await route(readiness)));
}

export interface HealthListener {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers a request by itself. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves health, and metrics where `scrape` answers with them, to whoever asks: for probes, which have no certificate. `listen` is
 * host:port.
 */
export async function listenForProbes(
  listen: string,
  readiness: Readiness,
  scrape?: Answering,
): Promise<HealthListener> {
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (scrape && path === '/metrics' && request.method === 'GET') {
      scrape(request, response);
      return;
    }
    const route = request.method === 'GET' ? ROUTES.get(path) : undefined;
    void (route?.(readiness) ?? Promise.resolve(UNKNOWN)).then((found) => answer(response, found));
  });
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon);
  try {
    await once(server.listen(Number(listen.slice(colon + 1)), host), 'listening');
  } catch (cause) {
    throw addressTaken('HEALTH_LISTEN', listen, cause);
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, { status, body }: HealthAnswer): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'no-store');
  response.end(JSON.stringify(body));
}
