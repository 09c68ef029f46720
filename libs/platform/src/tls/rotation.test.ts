import { SystemClock } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { CalledBy } from '../grpc/called-by.js';
import { connectGrpc, type GrpcConnection } from '../grpc/connect-grpc.js';
import type { Contract } from '../grpc/contract.js';
import { DevelopmentCa } from '../grpc/dev-ca.js';
import { CertificateIdentity } from '../grpc/identity.js';
import { onlyForServices } from '../http/only-for-services.js';
import { serviceAgent } from '../http/service-agent.js';
import { SilentLogger } from '../logging/logger.js';
import { startService, type RunningService } from '../service/start-service.js';
import { Certificates, type CertificateFiles } from './certificates.js';

const PROTO = `
syntax = "proto3";
package test.slow.v1;
message Wait { int32 ms = 1; }
service SlowService { rpc Wait(Wait) returns (Wait); }
`;
const DAY_MS = 86_400_000;
const clock = new SystemClock();

interface Wait {
  readonly ms: number;
}
interface SlowController {
  wait(request: Wait): Promise<Wait>;
}

@Controller()
class SlowServiceController implements SlowController {
  @GrpcMethod('SlowService', 'wait')
  @CalledBy('gateway')
  async wait(asked: Wait): Promise<Wait> {
    await clock.sleep(asked.ms);
    return asked;
  }

  @Get('wait')
  async get(): Promise<object> {
    await clock.sleep(20);
    return { ms: 20 };
  }
}

@Module({ controllers: [SlowServiceController] })
class SlowModule {}

let folder: string;
let contract: Contract;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-rotation-'));
  contract = { packageName: 'test.slow.v1', protoPath: join(folder, 'slow.proto') };
  await writeFile(contract.protoPath, PROTO);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let ca: DevelopmentCa;
let server: Certificates;
let service: RunningService;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  ca = await DevelopmentCa.create(clock);
  server = new Certificates(await ca.issue('storage'));
  service = await startService({
    name: 'storage',
    module: SlowModule,
    logger: new SilentLogger(),
    grpc: { listen: '127.0.0.1:0', contracts: [contract], identity: new CertificateIdentity(server) },
    http: { listen: '127.0.0.1:0', tls: onlyForServices(server) },
    stopWithinMs: 500,
  });
  closers.push(() => service.close());
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function connection(certificates: Certificates): GrpcConnection {
  const identity = new CertificateIdentity(certificates);
  const made = connectGrpc({ to: 'storage', address: service.grpcAddress ?? '', identity, contract });
  closers.push(() => made.close());
  return made;
}

/** One call over a connection of its own. */
async function call(files: CertificateFiles, ms = 0): Promise<Wait> {
  return connection(new Certificates(files)).client<SlowController>('SlowService').wait({ ms });
}

async function get(agent: Agent): Promise<unknown> {
  const { body } = await request(`${service.httpUrl}/wait`, { dispatcher: agent });
  return body.json();
}

function agentOf(certificates: Certificates): Agent {
  const agent = serviceAgent('storage', certificates);
  closers.push(() => agent.destroy());
  return agent;
}

/** Calls and downloads without a pause, on connections that stay and on such as are made for each, until told to stop. */
function load(client: Certificates) {
  const ended = new AbortController();
  const failures: unknown[] = [];
  let calls = 0;
  const standing = connection(client).client<SlowController>('SlowService');
  const agent = agentOf(client);
  const works = [
    () => standing.wait({ ms: 5 }),
    () => call(client.current, 5),
    () => get(agent),
    async () => {
      const once = serviceAgent('storage', client);
      await get(once);
      await once.destroy();
    },
  ];
  const running = works.map(async (work) => {
    while (!ended.signal.aborted) {
      await work().catch((error: unknown) => failures.push(error));
      calls += 1;
    }
  });
  return {
    /** Resolves after so many more calls. */
    more: async (count: number) => {
      const until = calls + count;
      while (calls < until) await clock.sleep(5);
    },
    end: async () => {
      ended.abort();
      await Promise.all(running);
      return failures;
    },
  };
}

describe('certificates that are replaced under load', () => {
  it('break no call, and the old authority is refused once it has left the bundle', async () => {
    const client = new Certificates(await ca.issue('gateway'));
    const before = client.current;
    const long = connection(client).client<SlowController>('SlowService').wait({ ms: 1_500 });
    const { more, end } = load(client);
    await more(20);
    // A new certificate of the same authority.
    server.replace(await ca.issue('storage'));
    client.replace(await ca.issue('gateway'));
    await more(20);
    // Another authority: first both are believed in, then certificates are of the new one, then the old one goes.
    const next = await DevelopmentCa.create(clock);
    const both = `${ca.pem}\n${next.pem}`;
    server.replace({ ...server.current, ca: both });
    client.replace({ ...client.current, ca: both });
    await more(20);
    client.replace({ ...(await next.issue('gateway')), ca: both });
    await more(20);
    server.replace({ ...(await next.issue('storage')), ca: both });
    await more(20);
    server.replace({ ...server.current, ca: next.pem });
    client.replace({ ...client.current, ca: next.pem });
    await more(20);
    expect(await end()).toEqual([]);
    expect(await long).toEqual({ ms: 1_500 });
    await expect(call({ ...before, ca: both })).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await expect(get(agentOf(new Certificates({ ...before, ca: both })))).rejects.toThrow();
    expect(await call(client.current)).toEqual({ ms: 0 });
  }, 60_000);
});

describe('a certificate that does not please', () => {
  let ended: Record<'gateway' | 'storage', CertificateFiles>;
  beforeEach(async () => {
    const past = new MovableClock(clock.now() - 120 * DAY_MS);
    ca = await DevelopmentCa.create(past);
    ended = { gateway: await ca.issue('gateway'), storage: await ca.issue('storage') };
    await past.advance(120 * DAY_MS);
    server.replace(await ca.issue('storage'));
  });
  const messageOf = (calling: Promise<unknown>) =>
    calling.then(
      () => 'it was let in',
      (error: unknown) => (error as Error).message,
    );

  it('of a client is refused when it is foreign, has ended, or names no service', async () => {
    const foreign = { ...(await (await DevelopmentCa.create(clock)).issue('gateway')), ca: ca.pem };
    for (const files of [foreign, ended.gateway]) {
      expect(await messageOf(call(files))).toMatch(
        /hung up.* see whether our certificate has ended or is of an authority/,
      );
      await expect(get(agentOf(new Certificates(files)))).rejects.toThrow();
    }
    await expect(call(await ca.issueFor('gateway'))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(call(await ca.issue('crawler'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('of a server is refused when it is foreign, has ended, or is another service’s, and the error says what to do', async () => {
    const own = await ca.issue('gateway');
    const foreign = await (await DevelopmentCa.create(clock)).issue('storage');
    server.replace({ ...foreign, ca: ca.pem });
    expect(await messageOf(call(own))).toMatch(/authority that is not among ours. Add that authority/);
    server.replace(ended.storage);
    expect(await messageOf(call(own))).toMatch(/certificate has ended. Have its authority issue a new one/);
    server.replace(await ca.issue('auth'));
    expect(await messageOf(call(own))).toMatch(/names another server.* Correct the address/);
    await expect(get(agentOf(new Certificates(own)))).rejects.toThrow(/altname/i);
  });
});
