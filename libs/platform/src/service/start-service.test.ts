import { SystemClock } from '@holdfast/kernel';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  Query,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectGrpc } from '../grpc/connect-grpc.js';
import { contractOf } from '../grpc/contract.js';
import { ProcessIdentity, ProcessSecret } from '../grpc/identity.js';
import { SilentLogger } from '../logging/logger.js';
import { Readiness } from './readiness.js';
import { startService } from './start-service.js';

const events: string[] = [];

@Injectable()
class Worker implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(readonly readiness: Readiness) {}
  onApplicationBootstrap(): void {
    events.push('started');
  }
  onApplicationShutdown(): void {
    events.push('stopped');
  }
}

@Controller('slow')
class SlowController {
  static begun = 0;
  /** Ends what nobody waits for any more. */
  static readonly over = new AbortController();

  @Get()
  async get(@Query('ms') ms: string): Promise<string> {
    SlowController.begun += 1;
    await new SystemClock().sleep(Number(ms), SlowController.over.signal).catch(() => undefined);
    events.push('done');
    return 'done';
  }

  /** Resolves when one more request is under way. */
  static async oneMore(): Promise<void> {
    for (const before = SlowController.begun; SlowController.begun === before;) await new SystemClock().sleep(10);
  }
}

@Module({ providers: [Worker], controllers: [SlowController] })
class WorkModule {}

const http = { listen: '127.0.0.1:0' };
const logger = new SilentLogger();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('startService', () => {
  it('answers for its health, and names what is missing', async () => {
    const service = await startService({ name: 'work', module: WorkModule, logger, http });
    expect((await fetch(`${service.httpUrl}/health/live`)).status).toBe(200);
    expect((await fetch(`${service.httpUrl}/health/ready`)).status).toBe(200);
    service.get(Worker).readiness.add('database', () => Promise.reject(new Error('away')));
    const ready = await fetch(`${service.httpUrl}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'not ready', failing: ['database'] });
    await service.close();
  });

  it('tells probes of its health without a certificate, and nothing else', async () => {
    let isThere = false;
    const checks = { database: () => (isThere ? Promise.resolve() : Promise.reject(new Error('away'))) };
    const service = await startService({
      name: 'work',
      module: WorkModule,
      logger,
      healthListen: '127.0.0.1:0',
      checks,
    });
    const status = async (path: string, method = 'GET') =>
      (await fetch(`${service.healthUrl}${path}`, { method })).status;
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health/ready')).toBe(503);
    isThere = true;
    expect(await status('/health/ready?full=1')).toBe(200);
    expect(await status('/health/live', 'POST')).toBe(404);
    expect(await status('/slow')).toBe(404);
    expect(service.httpUrl).toBeUndefined();
    const taken = { name: 'other', module: WorkModule, logger, healthListen: new URL(service.healthUrl!).host };
    await expect(startService(taken)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('HEALTH_LISTEN'),
    });
    await service.close();
    await expect(status('/health/live')).rejects.toThrow();
  });

  it('lets Prometheus read its metrics beside its health, where there are any', async () => {
    const probed = { name: 'work', module: WorkModule, logger, healthListen: '127.0.0.1:0' };
    const without = await startService(probed);
    expect((await fetch(`${without.healthUrl}/metrics`)).status).toBe(404);
    await without.close();
    const service = await startService({ ...probed, scrape: (_, response) => void response.end('metric 1') });
    expect(await (await fetch(`${service.healthUrl}/metrics`)).text()).toBe('metric 1');
    expect((await fetch(`${service.healthUrl}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${service.healthUrl}/health/live`)).status).toBe(200);
    await service.close();
  });

  it('lets a request under way end, runs the hooks once, and may be closed twice', async () => {
    events.length = 0;
    const secret = new ProcessSecret(randomBytes);
    const listen = `unix:${join(folder, 'a.sock')}`;
    const grpc = { listen, contracts: [contractOf('auth')], identity: new ProcessIdentity('auth', secret) };
    const service = await startService({ name: 'work', module: WorkModule, logger, http, grpc });
    const slow = fetch(`${service.httpUrl}/slow?ms=300`).then((response) => response.text());
    await SlowController.oneMore();
    const stopped = Promise.all([service.close(), service.close()]);
    expect(await slow).toBe('done');
    const clock = new SystemClock();
    const answeredAt = clock.now();
    await stopped;
    // The client keeps its connection for a next request, which is nothing to wait for.
    expect(clock.now() - answeredAt).toBeLessThan(15_000);
    expect(events).toEqual(['started', 'done', 'stopped']);
    await expect(fetch(`${service.httpUrl}/health/live`)).rejects.toThrow();
  });

  it('closes nothing under what a caller that went has begun', async () => {
    events.length = 0;
    const closeWith = { close: async () => void events.push('closed') };
    const service = await startService({ name: 'work', module: WorkModule, logger, http, closeWith });
    const caller = new AbortController();
    const slow = fetch(`${service.httpUrl}/slow?ms=500`, { signal: caller.signal }).catch(() => events.push('gone'));
    await SlowController.oneMore();
    caller.abort();
    await slow;
    await service.close();
    expect(events).toEqual(['started', 'gone', 'stopped', 'done', 'closed']);
  });

  it('cuts off what does not end in time', async () => {
    const service = await startService({ name: 'work', module: WorkModule, logger, http, stopWithinMs: 50 });
    const slow = fetch(`${service.httpUrl}/slow?ms=60000`).then(
      () => 'answered',
      () => 'cut off',
    );
    await SlowController.oneMore();
    await service.close();
    expect(await slow).toBe('cut off');
    SlowController.over.abort();
  });

  it.each([
    ['HTTP_LISTEN', (listen: string) => ({ http: { listen } })],
    ['HEALTH_LISTEN', (healthListen: string) => ({ http, healthListen })],
    [
      'GRPC_LISTEN',
      (listen: string) => ({
        grpc: {
          listen,
          contracts: [contractOf('auth')],
          identity: new ProcessIdentity('auth', new ProcessSecret(randomBytes)),
        },
      }),
    ],
  ])('says which setting names an address that another program has: %s', async (setting, at) => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const starting = startService({ name: 'work', module: WorkModule, logger, ...at(listen) });
    await expect(starting).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(new RegExp(`^${setting}: nothing can listen at ${listen}.* Name a host and port`)),
    });
    other.close();
  });

  it('answers the standard gRPC health check', async () => {
    const secret = new ProcessSecret(randomBytes);
    const address = `unix:${join(folder, 'a.sock')}`;
    const identity = new ProcessIdentity('auth', secret);
    const grpc = { listen: address, contracts: [contractOf('auth')], identity };
    const service = await startService({ name: 'work', module: WorkModule, logger, grpc });
    const { protoPath } = await import('grpc-health-check');
    const contract = { packageName: 'grpc.health.v1', protoPath };
    const connection = connectGrpc({ to: 'auth', address, identity, contract });
    interface Health {
      check(request: { service: string }): Promise<{ status: number }>;
    }
    expect(await connection.client<Health>('Health').check({ service: '' })).toEqual({ status: 1 });
    connection.close();
    await service.close();
  });
});
