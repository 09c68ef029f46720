import type { INestApplication } from '@nestjs/common';
import type { Readiness } from './readiness.js';

interface Response {
  statusCode: number;
  setHeader(name: string, value: string): void;
  end(body: string): void;
}

/** `/health/live`: the process answers. `/health/ready`: it can do its work, else 503 with the names of what is missing. */
export function serveHealth(app: INestApplication, readiness: Readiness): void {
  app.use('/health/live', (_: unknown, response: Response) => answer(response, 200, { status: 'live' }));
  app.use('/health/ready', async (_: unknown, response: Response) => {
    const failing = await readiness.failing();
    if (failing.length === 0) answer(response, 200, { status: 'ready' });
    else answer(response, 503, { status: 'not ready', failing });
  });
}

function answer(response: Response, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'no-store');
  response.end(JSON.stringify(body));
}
