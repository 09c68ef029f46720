import { AppError, SystemClock } from '@holdfast/kernel';
import { type OtlpReceiver, type ReceivedSpan, startTestTelemetry } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { SpanKind } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { CalledBy } from '../grpc/called-by.js';
import { connectGrpc } from '../grpc/connect-grpc.js';
import { ProcessIdentity, ProcessSecret } from '../grpc/identity.js';
import { streamOf } from '../grpc/stream-of.js';
import { logContext, withLogContext } from '../logging/log-context.js';
import { SilentLogger } from '../logging/logger.js';
import { type RunningService, startService } from '../service/start-service.js';
import { inRequestSpan } from './http-client-spans.js';
import { inSpan } from './in-span.js';
import { carried } from './work-context.js';

const PROTO = `
syntax = "proto3";
package test.trace.v1;
message Word { string text = 1; }
service TraceService {
  rpc Answer(Word) returns (Word);
  rpc Fail(Word) returns (Word);
  rpc Tell(Word) returns (stream Word);
}`;
const TENANT = '0b0e0d3c-7c1f-4f6c-9d0e-1a2b3c4d5e6f';
const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface Word {
  text: string;
}
interface TraceController {
  answer(request: Word): Promise<Word>;
  fail(request: Word): Promise<Word>;
  tell(request: Word): Observable<Word>;
}

async function* words() {
  yield { text: 'one' };
  await inSpan('while streaming', { kind: SpanKind.INTERNAL }, async () => undefined);
  yield { text: logContext().tenant ?? '' };
}

@Controller()
@CalledBy('gateway')
class TraceServiceController implements TraceController {
  @GrpcMethod('TraceService', 'answer')
  async answer(): Promise<Word> {
    await inSpan('within the method', { kind: SpanKind.INTERNAL }, async () => undefined);
    return { text: logContext().tenant ?? '' };
  }

  @GrpcMethod('TraceService', 'fail')
  async fail(): Promise<Word> {
    throw new AppError('CONFLICT', 'The subject hunter2 is there already.');
  }

  @GrpcMethod('TraceService', 'tell')
  tell(): Observable<Word> {
    return streamOf(words);
  }
}

@Controller('tenants/:tenantId/words/:word')
class WordRoutes {
  @Get()
  async get(@Param('word') word: string): Promise<string> {
    await inSpan('within the route', { kind: SpanKind.INTERNAL }, async () => undefined);
    return word;
  }
}

@Module({ controllers: [TraceServiceController, WordRoutes] })
class TraceModule {}

const begin = { kind: SpanKind.INTERNAL, mayBegin: true };
const secret = new ProcessSecret(randomBytes);
const logger = new SilentLogger();
let folder: string;
let service: RunningService;
let edge: RunningService;
let connection: ReturnType<typeof connectGrpc>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-spans-'));
  const protoPath = join(folder, 'trace.proto');
  await writeFile(protoPath, PROTO);
  const contract = { packageName: 'test.trace.v1', protoPath };
  const address = `unix:${join(folder, 'trace.sock')}`;
  const grpc = { listen: address, contracts: [contract], identity: new ProcessIdentity('storage', secret) };
  const common = { name: 'trace', module: TraceModule, logger, clock: new SystemClock() };
  service = await startService({ ...common, grpc, http: { listen: '127.0.0.1:0' } });
  edge = await startService({ ...common, http: { listen: '127.0.0.1:0', isEdge: true } });
  connection = connectGrpc({ to: 'storage', address, identity: new ProcessIdentity('gateway', secret), contract });
});
afterAll(async () => {
  connection.close();
  await edge.close();
  await service.close();
  await rm(folder, { recursive: true });
});

/** What the collector got of some work. */
async function toldOf(work: () => Promise<unknown>): Promise<OtlpReceiver> {
  const { end } = await startTestTelemetry();
  await work();
  return end();
}

/** The names of a span and of those above it. */
function way({ spans }: OtlpReceiver, name: string, kind?: number): readonly string[] {
  const names: string[] = [];
  const isIt = (span: ReceivedSpan) => span.name === name && (kind === undefined || span.kind === kind);
  for (let span = spans.find(isIt); span;) {
    names.push(span.name);
    const { traceId, parentSpanId } = span;
    span = spans.find((other) => other.traceId === traceId && other.spanId === parentSpanId);
  }
  return names;
}

describe('a gRPC call', () => {
  it('is a span on both sides of one trace, with the ids of the work', async () => {
    const client = connection.client<TraceController>('TraceService');
    const told = await toldOf(async () => {
      const { text } = await withLogContext({ tenant: TENANT }, () =>
        inSpan('work', begin, () => client.answer({ text: 'hunter2' })),
      );
      expect(text).toBe(TENANT);
    });
    const method = 'test.trace.v1.TraceService/Answer';
    expect(way(told, 'within the method')).toEqual(['within the method', method, method, 'work']);
    const server = told.spans.find(({ kind }) => kind === 2);
    expect(server?.attributes).toEqual({
      'rpc.system.name': 'grpc',
      'rpc.method': method,
      'rpc.response.status_code': 'OK',
      'holdfast.tenant.id': TENANT,
    });
    expect(told.sum('rpc.server.call.duration', { 'rpc.method': method, 'rpc.response.status_code': 'OK' })).toBe(1);
    expect(JSON.stringify(told.spans)).not.toContain('hunter2');
  });

  it('that fails says by which code, and not in which words', async () => {
    const client = connection.client<TraceController>('TraceService');
    const told = await toldOf(async () => {
      await inSpan('work', begin, () => client.fail({ text: '' })).catch(() => undefined);
    });
    const server = told.spans.find(({ kind }) => kind === 2);
    const caller = told.spans.find(({ kind }) => kind === 3);
    expect(server).toMatchObject({ status: 2, attributes: { 'rpc.response.status_code': 'ABORTED' } });
    expect(caller).toMatchObject({ status: 2, attributes: { 'error.type': 'CONFLICT' } });
    expect(JSON.stringify(told.spans)).not.toContain('hunter2');
  });

  it('that streams keeps its trace until its end', async () => {
    const client = connection.client<TraceController>('TraceService');
    const got: string[] = [];
    const told = await toldOf(() =>
      withLogContext({ tenant: TENANT }, () =>
        inSpan('work', begin, async () => {
          for await (const { text } of client.tell({ text: '' })) got.push(text);
        }),
      ),
    );
    expect(got).toEqual(['one', TENANT]);
    expect(way(told, 'while streaming')).toEqual(['while streaming', 'test.trace.v1.TraceService/Tell', 'work']);
  });

  it('outside of a trace is measured and makes no span', async () => {
    const client = connection.client<TraceController>('TraceService');
    const told = await toldOf(() => client.answer({ text: '' }));
    expect(told.spans).toEqual([]);
    expect(told.sum('rpc.server.call.duration')).toBe(1);
  });
});

describe('an HTTP request', () => {
  const path = `/tenants/${TENANT}/words/hunter2`;

  it('of a service of ours goes on in its trace, under the route and without the words of its path', async () => {
    const told = await toldOf(() =>
      inSpan('work', begin, () => fetch(`${service.httpUrl}${path}`, { headers: { ...carried() } })),
    );
    const route = 'GET /tenants/:tenantId/words/:word';
    expect(way(told, 'within the route')).toEqual(['within the route', route, 'work']);
    expect(told.spans.find(({ name }) => name === route)?.attributes).toMatchObject({
      'http.response.status_code': 200,
      'holdfast.tenant.id': TENANT,
    });
    expect(JSON.stringify([told.spans, told.points])).not.toContain('hunter2');
  });

  it('from outside begins a trace that refers to the caller’s', async () => {
    const told = await toldOf(() => fetch(`${edge.httpUrl}${path}`, { headers: { traceparent: CALLER } }));
    const [, root] = told.spans;
    expect(root).toMatchObject({ parentSpanId: '', links: [CALLER.split('-')[1]] });
    expect(root?.traceId).not.toBe(CALLER.split('-')[1]);
  });

  it('that has no route is told of as none', async () => {
    const told = await toldOf(() => fetch(`${edge.httpUrl}/hunter2`));
    expect(told.spans).toEqual([expect.objectContaining({ name: 'GET none' })]);
    expect(told.sum('http.server.request.duration', { 'http.route': 'none', 'http.response.status_code': '404' })).toBe(
      1,
    );
    expect(JSON.stringify(told.spans)).not.toContain('hunter2');
  });
});

describe('a request to somebody outside', () => {
  it('is a span and a measurement under its template', async () => {
    const request = { method: 'GET', template: '/users/{id}/messages' };
    const told = await toldOf(() =>
      inSpan('work', begin, () =>
        inRequestSpan(
          request,
          async () => ({ status: 429 }),
          ({ status }) => status,
        ),
      ),
    );
    expect(told.spans[0]).toMatchObject({
      name: 'GET /users/{id}/messages',
      kind: 3,
      attributes: { 'http.response.status_code': 429 },
    });
    expect(told.sum('http.client.request.duration', { 'http.response.status_code': '429' })).toBe(1);
  });
});
