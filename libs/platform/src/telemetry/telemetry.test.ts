import { SystemClock } from '@holdfast/kernel';
import { OtlpReceiver, startTestTelemetry } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { SpanKind, trace } from '@opentelemetry/api';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { readConfig } from '../config/read-config.js';
import { createLogger } from '../logging/json-logger.js';
import { withLogContext } from '../logging/log-context.js';
import { SilentLogger } from '../logging/logger.js';
import { inSpan } from './in-span.js';
import { count, measure, observe } from './measure.js';
import { startTelemetry } from './telemetry.js';
import { telemetrySettings } from './telemetry-settings.js';
import { carried, resume } from './work-context.js';

const clock = new SystemClock();
const begin = { kind: SpanKind.INTERNAL, mayBegin: true };
const within = { kind: SpanKind.INTERNAL };
const TENANT = '0b0e0d3c-7c1f-4f6c-9d0e-1a2b3c4d5e6f';

function configFrom(source: Record<string, string>) {
  return readConfig(z.object(telemetrySettings), source);
}

function recorded() {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: createLogger({ service: 'test', to }) };
}

describe('telemetry that nobody asked for', () => {
  it('installs nothing: what is told goes nowhere, and nothing is carried', async () => {
    const telemetry = startTelemetry({ service: 'test', config: configFrom({}), logger: new SilentLogger() });
    expect(telemetry.scrape).toBeUndefined();
    const result = await inSpan('work', begin, async (span) => {
      count('holdfast.task.lapses', 1, { kind: 'backup' });
      return [span?.isRecording(), carried()];
    });
    expect(result).toEqual([false, {}]);
    await telemetry.close();
  });
});

describe('spans', () => {
  it('bear the ids of the work, the code of what failed, and none of its words', async () => {
    const { end } = await startTestTelemetry();
    const ids = { tenant: TENANT, job: 'j', task: 't', resource: 'mail/r' };
    const failed = withLogContext(ids, () =>
      inSpan('work', begin, async () => {
        throw new Error('subject: hunter2');
      }),
    );
    await expect(failed).rejects.toThrow('hunter2');
    const { spans } = await end();
    expect(spans).toEqual([
      expect.objectContaining({
        service: 'holdfast-test',
        name: 'work',
        status: 2,
        attributes: {
          'holdfast.tenant.id': TENANT,
          'holdfast.job.id': 'j',
          'holdfast.task.id': 't',
          'holdfast.resource.id': 'mail/r',
          'error.type': 'Error',
        },
      }),
    ]);
    expect(JSON.stringify(spans)).not.toContain('hunter2');
  });

  it('are made within a trace alone, unless one may begin', async () => {
    const { end } = await startTestTelemetry();
    await inSpan('polling', within, async () => undefined);
    await inSpan('root', begin, () => inSpan('child', within, async () => undefined));
    const { spans } = await end();
    const [child, root] = spans;
    expect(spans.map(({ name }) => name)).toEqual(['child', 'root']);
    expect(child).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId });
  });

  it('are kept for the part of the traces that the setting says', async () => {
    const { end } = await startTestTelemetry({ OTEL_TRACES_SAMPLER_ARG: '0' });
    await inSpan('root', begin, () => inSpan('child', within, async () => undefined));
    expect((await end()).spans).toEqual([]);
  });

  it('go on, with the ids, where what was carried is taken up', async () => {
    const { end } = await startTestTelemetry();
    const carrier = await withLogContext({ tenant: TENANT, call: 'not an id of work' }, () =>
      inSpan('here', begin, async () => carried()),
    );
    expect(carrier).toMatchObject({ traceparent: expect.any(String), baggage: `tenant=${TENANT}` });
    await resume(carrier, () => inSpan('there', within, async () => undefined));
    const { spans } = await end();
    const [here, there] = spans;
    expect(there).toMatchObject({ traceId: here?.traceId, parentSpanId: here?.spanId });
    expect(there?.attributes['holdfast.tenant.id']).toBe(TENANT);
  });

  it('take no ids that cannot be ids', async () => {
    const { end } = await startTestTelemetry();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const carrier = { traceparent, baggage: 'tenant=no%20id%0A,job=fine,subject=hunter2' };
    await resume(carrier, () => inSpan('there', within, async () => undefined));
    expect((await end()).spans[0]?.attributes).toEqual({ 'holdfast.job.id': 'fine' });
  });

  it('are named by the log lines that are written in them', async () => {
    const { end } = await startTestTelemetry();
    const { lines, logger } = recorded();
    await inSpan('work', begin, async () => logger.info('Within'));
    logger.info('Outside');
    const [span] = (await end()).spans;
    expect(lines[0]).toMatchObject({ trace_id: span?.traceId, span_id: span?.spanId });
    expect(lines[1]).not.toHaveProperty('trace_id');
  });
});

describe('metrics', () => {
  it('reach the collector with name, unit and labels', async () => {
    const { end } = await startTestTelemetry();
    count('holdfast.items', 3, { kind: 'backup', workload: 'mail', outcome: 'new' });
    count('holdfast.items', 4, { kind: 'backup', workload: 'mail', outcome: 'new' });
    measure('holdfast.commit.duration', 0.2, { outcome: 'committed' });
    const stop = observe('holdfast.tasks.waiting', async () => [{ value: 7, labels: { lane: 'restore' } }]);
    const receiver = await end();
    stop();
    expect(receiver.sum('holdfast.items', { workload: 'mail', outcome: 'new' })).toBe(7);
    expect(receiver.sum('holdfast.commit.duration')).toBe(1);
    expect(receiver.sum('holdfast.tasks.waiting', { lane: 'restore' })).toBe(7);
    expect(receiver.points.find(({ name }) => name === 'holdfast.items')?.unit).toBe('{item}');
    expect(receiver.sum('process.memory.usage')).toBeGreaterThan(1_000_000);
    expect(receiver.points.map(({ name }) => name)).toContain('nodejs.eventloop.delay.p99');
  });

  it('leave out what cannot be read', async () => {
    const { end } = await startTestTelemetry();
    observe('holdfast.tasks.lag', () => Promise.reject(new Error('the database is away')));
    observe('holdfast.tasks.waiting', () => [{ value: 1, labels: { lane: 'restore' } }]);
    const receiver = await end();
    expect(receiver.sum('holdfast.tasks.waiting')).toBe(1);
    expect(receiver.points.map(({ name }) => name)).not.toContain('holdfast.tasks.lag');
  });

  it('have 2,000 series at most, the rest in one', async () => {
    const { end } = await startTestTelemetry();
    const labels = { bucket: 'outlook', meter: 'requests' };
    observe('holdfast.budget.usage', () =>
      Array.from({ length: 3_000 }, (_, n) => ({ value: 1, labels: { tenant: `t${n}`, ...labels } })),
    );
    const receiver = await end();
    const series = receiver.points.filter(({ name }) => name === 'holdfast.budget.usage');
    expect(series.length).toBeLessThanOrEqual(2_000);
    expect(series.filter(({ attributes }) => attributes['otel.metric.overflow'] === true)).toHaveLength(1);
  });

  it('are read by Prometheus where the settings say so', async () => {
    const config = configFrom({ METRICS_AT_HEALTH: 'true' });
    const { scrape, close } = startTelemetry({ service: 'test', config, logger: new SilentLogger() });
    count('holdfast.items', 3, { kind: 'backup', workload: 'drive', outcome: 'new' });
    const server = createServer((request, response) => scrape?.(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
    const told = await answer.text();
    server.close();
    await close();
    expect(told).toContain('holdfast_items_total{kind="backup",workload="drive",outcome="new"} 3');
    expect(told).toMatch(/^process_memory_usage \d+/m);
  });
});

describe('a collector that is not there', () => {
  it('harms nothing, is told of once, and once more when it is back', async () => {
    const gone = await OtlpReceiver.start();
    const { url } = gone;
    await gone.close();
    const { lines, logger } = recorded();
    const config = configFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRIC_EXPORT_INTERVAL: '100' });
    const telemetry = startTelemetry({ service: 'test', config, logger });
    const work = () => inSpan('work', begin, async () => 'done');
    expect(await work()).toBe('done');
    while (lines.length === 0) await clock.sleep(20);
    await clock.sleep(500);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('does not take telemetry') });
    const back = await OtlpReceiver.start(Number(new URL(url).port));
    while (lines.length === 1) await clock.sleep(20);
    expect(lines[1]).toMatchObject({ level: 'info', message: 'The collector takes telemetry again' });
    expect(await work()).toBe('done');
    await telemetry.close();
    expect(back.spans.length).toBeGreaterThan(0);
    await back.close();
  }, 30_000);

  it('that never answers holds nobody up at the end, and is kept a queue for that is as short as the setting', async () => {
    let sent = 0;
    const silent = createServer((request) => {
      void text(request).then((body) => {
        sent += body.split('"spanId"').length - 1;
      });
    });
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const config = configFrom({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      OTEL_BSP_MAX_QUEUE_SIZE: '512',
    });
    const telemetry = startTelemetry({ service: 'test', config, logger: new SilentLogger() });
    for (let n = 0; n < 5_000; n += 1) await inSpan('work', begin, async () => undefined);
    const startedAt = clock.now();
    await telemetry.close();
    expect(clock.now() - startedAt).toBeLessThan(12_000);
    // One batch on its way, and one queue.
    expect(sent).toBe(1_024);
    silent.close();
    silent.closeAllConnections();
  }, 30_000);

  it('gets the headers that the setting names', async () => {
    const { end } = await startTestTelemetry({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x, x-scope=y' });
    await inSpan('work', begin, async () => undefined);
    expect((await end()).headers).toMatchObject({ authorization: 'Bearer x', 'x-scope': 'y' });
  });
});

it('is started once in a process', async () => {
  const { receiver, end } = await startTestTelemetry();
  const config = configFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  expect(() => startTelemetry({ service: 'second', config, logger: new SilentLogger() })).toThrow('once in a process');
  await end();
  expect(trace.getActiveSpan()).toBeUndefined();
});
