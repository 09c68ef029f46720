import { Metadata } from '@grpc/grpc-js';
import { AppError, SystemClock } from '@holdfast/kernel';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY, type Observable } from 'rxjs';
import { createLogger } from '../logging/json-logger.js';
import { type RunningService, startService } from '../service/start-service.js';
import { CalledBy, callerOf } from './called-by.js';
import { connectGrpc, type GrpcConnection } from './connect-grpc.js';
import type { Contract } from './contract.js';
import { DevelopmentCa } from './dev-ca.js';
import { Certificates } from '../tls/certificates.js';
import { CertificateIdentity, ProcessIdentity, ProcessSecret, type ServiceIdentity } from './identity.js';
import { listEndpoints } from './list-endpoints.js';
import { streamOf } from './stream-of.js';

const PROTO = `
syntax = "proto3";
package test.echo.v1;
message Part { string name = 1; }
message Echo {
  string text = 1; int64 big = 2; bytes bytes = 3; Part part = 4; repeated Part parts = 5; bool is_set = 6; optional int32 maybe = 7;
}
message Count { int64 n = 1; string caller = 2; }
service EchoService {
  rpc Repeat(Echo) returns (Echo);
  rpc WhoCalls(Echo) returns (Count);
  rpc Fail(Echo) returns (Echo);
  rpc CountUp(Count) returns (stream Count);
  rpc Undeclared(Echo) returns (Echo);
  rpc Hang(Echo) returns (Echo);
}`;

interface Part {
  name: string;
}
interface Echo {
  text: string;
  big: number;
  bytes: Buffer;
  part: Part | undefined;
  parts: Part[];
  isSet: boolean;
  maybe?: number | undefined;
}
interface Count {
  n: number;
  caller: string;
}
interface EchoController {
  repeat(request: Echo, metadata?: Metadata): Promise<Echo> | Observable<Echo> | Echo;
  whoCalls(request: Echo, metadata?: Metadata): Promise<Count> | Observable<Count> | Count;
  fail(request: Echo, metadata?: Metadata): Promise<Echo> | Observable<Echo> | Echo;
  countUp(request: Count, metadata?: Metadata): Observable<Count>;
  undeclared(request: Echo, metadata?: Metadata): Promise<Echo> | Observable<Echo> | Echo;
  hang(request: Echo, metadata?: Metadata): Promise<Echo> | Observable<Echo> | Echo;
}

const seen = { request: undefined as Echo | undefined, produced: 0, isIterationOver: false };

async function* numbers(upTo: number): AsyncGenerator<Count> {
  try {
    for (let n = 1; n <= upTo; n += 1) {
      seen.produced = n;
      if (n === 13 && upTo === 13) throw new AppError('CONFLICT', 'Thirteen.');
      yield { n, caller: 'x'.repeat(1_000) };
    }
  } finally {
    seen.isIterationOver = true;
  }
}

@Controller()
@CalledBy('gateway', 'crawler')
class EchoServiceController implements Omit<EchoController, 'undeclared'> {
  @GrpcMethod('EchoService', 'repeat')
  repeat(request: Echo): Echo {
    seen.request = request;
    return request;
  }

  @GrpcMethod('EchoService', 'whoCalls')
  @CalledBy('gateway')
  whoCalls(_request: Echo, metadata?: Metadata): Count {
    return { n: 1, caller: callerOf(metadata) };
  }

  @GrpcMethod('EchoService', 'fail')
  async fail(request: Echo): Promise<Echo> {
    if (request.text === 'bug') throw new Error('the password is hunter2');
    const context = { name: 'Jörg', n: 4 };
    throw new AppError('GRAPH_THROTTLED', 'Bitte warten – später.', { context, retryAfterMs: 1_500 });
  }

  @GrpcMethod('EchoService', 'countUp')
  countUp(request: Count): Observable<Count> {
    return request.n === 0 ? EMPTY : streamOf(() => numbers(request.n));
  }

  @GrpcMethod('EchoService', 'hang')
  hang(): Promise<Echo> {
    return new Promise(() => undefined);
  }
}

@Controller()
class UndeclaredController {
  @GrpcMethod('EchoService', 'undeclared')
  undeclared(request: Echo): Echo {
    return request;
  }
}

@Module({ controllers: [EchoServiceController, UndeclaredController] })
class EchoModule {}

const echo: Echo = { text: '', big: 0, bytes: Buffer.alloc(0), part: undefined, parts: [], isSet: false };
const lines: string[] = [];
const logger = createLogger({ service: 'test', to: { write: (line: string) => void lines.push(line) } });

let folder: string;
let contract: Contract;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-grpc-'));
  contract = { packageName: 'test.echo.v1', protoPath: join(folder, 'echo.proto') };
  await writeFile(contract.protoPath, PROTO);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Side {
  readonly listen: string;
  readonly server: ServiceIdentity;
  readonly gateway: ServiceIdentity;
  readonly crawler: ServiceIdentity;
  readonly stranger: ServiceIdentity;
}

async function overTls(): Promise<Side> {
  const clock = new SystemClock();
  const [ca, other] = await Promise.all([DevelopmentCa.create(clock), DevelopmentCa.create(clock)]);
  const identityOf = async (service: 'storage' | 'gateway' | 'crawler') =>
    new CertificateIdentity(new Certificates(await ca.issue(service)));
  const stranger = new CertificateIdentity(new Certificates({ ...(await other.issue('gateway')), ca: ca.pem }));
  return {
    listen: '127.0.0.1:0',
    server: await identityOf('storage'),
    gateway: await identityOf('gateway'),
    crawler: await identityOf('crawler'),
    stranger,
  };
}

async function overSocket(): Promise<Side> {
  const secret = new ProcessSecret(randomBytes);
  return {
    listen: `unix:${join(folder, 's', 'echo.sock')}`,
    server: new ProcessIdentity('storage', secret),
    gateway: new ProcessIdentity('gateway', secret),
    crawler: new ProcessIdentity('crawler', secret),
    stranger: new ProcessIdentity('gateway', new ProcessSecret(randomBytes)),
  };
}

describe.each([
  ['mutual TLS', overTls],
  ['a Unix socket', overSocket],
])('gRPC over %s', (_, make) => {
  let side: Side;
  let service: RunningService;
  const connections: GrpcConnection[] = [];
  const clientOf = (identity: ServiceIdentity, to: 'storage' | 'auth' = 'storage') => {
    const connection = connectGrpc({ to, address: service.grpcAddress!, identity, contract });
    connections.push(connection);
    return connection.client<EchoController>('EchoService', { repeatable: ['repeat'] });
  };

  beforeAll(async () => {
    side = await make();
    const grpc = { listen: side.listen, contracts: [contract], identity: side.server };
    service = await startService({ name: 'echo', module: EchoModule, logger, grpc, stopWithinMs: 300 });
  });
  afterAll(async () => {
    for (const connection of connections) connection.close();
    await service.close();
  });

  it('carries a snapshot of as many packs as a commit may name, and nothing of twice the size', async () => {
    const bytes = Buffer.alloc(10 * 1024 * 1024, 7);
    const answer = await clientOf(side.gateway).repeat({ ...echo, bytes });
    expect(answer.bytes.equals(bytes)).toBe(true);
    const tooLarge = { ...echo, bytes: Buffer.alloc(20 * 1024 * 1024) };
    await expect(clientOf(side.gateway).repeat(tooLarge)).rejects.toThrow();
  });

  it('carries numbers, bytes, absent and repeated messages as the types say', async () => {
    const request = { ...echo, text: 'ä', big: 2 ** 52, bytes: Buffer.from([0, 255]), parts: [{ name: 'a' }] };
    const answer = await clientOf(side.gateway).repeat(request);
    expect(answer).toEqual(request);
    expect(seen.request).toEqual(request);
    expect(seen.request?.part).toBeUndefined();
    expect(await clientOf(side.gateway).repeat({ ...echo, part: { name: '' }, maybe: 0 })).toMatchObject({
      part: { name: '' },
      maybe: 0,
    });
  });

  it('tells a method who calls, by proof', async () => {
    expect((await clientOf(side.gateway).whoCalls(echo)).caller).toBe('gateway');
  });

  it('refuses a service that a method does not name, and everybody where it names nobody', async () => {
    await expect(clientOf(side.crawler).whoCalls(echo)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(clientOf(side.gateway).undeclared(echo)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('refuses who cannot prove to be one of us', async () => {
    const error = await clientOf(side.stranger)
      .whoCalls(echo)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(['UNAUTHENTICATED', 'DEPENDENCY_UNAVAILABLE']).toContain((error as AppError).code);
  });

  it('brings an expected failure over whole', async () => {
    await expect(clientOf(side.gateway).fail(echo)).rejects.toMatchObject({
      name: 'AppError',
      code: 'GRAPH_THROTTLED',
      message: 'Bitte warten – später.',
      details: { context: { name: 'Jörg', n: 4 }, retryAfterMs: 1_500 },
    });
  });

  it('keeps a defect in the log and hands out its id only', async () => {
    const error = (await clientOf(side.gateway)
      .fail({ ...echo, text: 'bug' })
      .catch((thrown: unknown) => thrown)) as AppError;
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('hunter2');
    const errorId = error.details.context?.['errorId'];
    expect(lines.filter((line) => line.includes(String(errorId)))).toHaveLength(1);
  });

  it('streams, and reports a failure in the middle', async () => {
    const client = clientOf(side.gateway);
    const got = await Array.fromAsync(client.countUp({ n: 500, caller: '' }));
    expect(got.map((count) => count.n)).toEqual(Array.from({ length: 500 }, (_value, index) => index + 1));
    expect(await Array.fromAsync(client.countUp({ n: 0, caller: '' }))).toEqual([]);
    const failing = Array.fromAsync(client.countUp({ n: 13, caller: '' }));
    await expect(failing).rejects.toMatchObject({ code: 'CONFLICT', message: 'Thirteen.' });
  });

  it('makes values only as fast as they are read, and none for a reader who has gone', async () => {
    const clock = new SystemClock();
    for await (const count of clientOf(side.gateway).countUp({ n: 1_000_000, caller: '' })) {
      if (count.n < 3) continue;
      await clock.sleep(200);
      break;
    }
    const producedAtBreak = seen.produced;
    expect(producedAtBreak).toBeLessThan(5_000);
    while (!seen.isIterationOver) await clock.sleep(20);
    expect(seen.produced).toBeLessThan(producedAtBreak + 1_000);
  });

  it('gives up at the deadline, or when told to', async () => {
    const client = clientOf(side.gateway);
    await expect(client.hang(echo, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const stop = new AbortController();
    const call = client.hang(echo, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: 'STOPPED' });
  });
});

describe('a gRPC connection', () => {
  it('repeats what may be repeated until the service is there, and nothing else', async () => {
    const side = await overSocket();
    const connection = connectGrpc({ to: 'storage', address: side.listen, identity: side.gateway, contract });
    const client = connection.client<EchoController>('EchoService', { repeatable: ['repeat'] });
    await expect(client.whoCalls(echo)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retry: 'later' });
    const early = client.repeat({ ...echo, text: 'early' });
    const grpc = { listen: side.listen, contracts: [contract], identity: side.server };
    const service = await startService({ name: 'echo', module: EchoModule, logger, grpc, stopWithinMs: 300 });
    expect((await early).text).toBe('early');
    connection.close();
    await service.close();
  });

  it('refuses a server that is not the service it means', async () => {
    const side = await overTls();
    const grpc = { listen: side.listen, contracts: [contract], identity: side.server };
    const service = await startService({ name: 'echo', module: EchoModule, logger, grpc });
    const connection = connectGrpc({ to: 'auth', address: service.grpcAddress!, identity: side.gateway, contract });
    await expect(connection.client<EchoController>('EchoService').whoCalls(echo)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    connection.close();
    await service.close();
  });
});

describe('listEndpoints', () => {
  it('lists each method with what it declares', () => {
    const byName = new Map(listEndpoints(EchoModule).map((endpoint) => [endpoint.name, endpoint]));
    expect(byName.get('EchoService.repeat')?.calledBy).toEqual(['gateway', 'crawler']);
    expect(byName.get('EchoService.whoCalls')?.calledBy).toEqual(['gateway']);
    expect(byName.get('EchoService.undeclared')?.calledBy).toBeUndefined();
  });
});
