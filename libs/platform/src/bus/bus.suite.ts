import { type EventDefinition, defineEvent, defineSignal, type MessageDefinition } from '@holdfast/contracts';
import { AppError, SystemClock } from '@holdfast/kernel';
import { startTestTelemetry } from '@holdfast/testkit';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { z } from 'zod';
import { inSpan } from '../telemetry/in-span.js';
import type { EventBus } from './event-bus.port.js';

const schema = z.object({ tenantId: z.string(), lane: z.string(), n: z.int() });

/** For adapters' own tests. */
export const rung = defineEvent({
  name: 'test.rung.v1',
  kind: 'doorbell',
  subject: 'ring.{tenantId}.{lane}.mail',
  from: 'scheduler',
  to: 'crawler',
  ackWaitMs: 600,
  schema,
});

export const told = defineEvent({
  name: 'test.told.v1',
  kind: 'notice',
  subject: 'event.{tenantId}.told',
  from: 'scheduler',
  to: 'reporting',
  ackWaitMs: 600,
  schema,
});

export const called = defineSignal({
  name: 'test.called.v1',
  kind: 'signal',
  subject: 'call.{tenantId}.{lane}',
  from: 'auth',
  to: ['crawler'],
  schema,
});

export interface BusUnderTest {
  readonly bus: EventBus;
  /** Puts bytes on the bus as they are, past the schema. */
  readonly publishRaw: (event: EventDefinition, subject: string, data: Uint8Array) => Promise<void>;
  /** The same, of a signal. */
  readonly signalRaw: (signal: MessageDefinition, subject: string, data: Uint8Array) => Promise<void>;
  stop(): Promise<void>;
}

export interface BusSettings {
  readonly capacity?: number;
  readonly firstPauseMs: number;
}

const clock = new SystemClock();

/** Waits until `isDone` holds, thirty seconds at most. */
export async function until(isDone: () => boolean): Promise<void> {
  const end = clock.now() + 30_000;
  while (!isDone()) {
    if (clock.now() > end) throw new Error('waited thirty seconds in vain');
    await clock.sleep(10);
  }
}

/** What every {@link EventBus} promises. Each adapter's test file runs it against that adapter. */
export function describeEventBus(name: string, make: (settings: BusSettings) => Promise<BusUnderTest>): void {
  const made: BusUnderTest[] = [];
  const open = async (capacity?: number) => {
    const settings = capacity === undefined ? { firstPauseMs: 50 } : { firstPauseMs: 50, capacity };
    const under = await make(settings);
    made.push(under);
    return under;
  };
  const message = (n: number, tenantId = 'a', lane = 'slow') => ({ tenantId, lane, n });
  const options = { durable: 'worker', concurrency: 4 };

  describe(name, () => {
    afterEach(async () => {
      for (const under of made.splice(0)) {
        await under.bus.close();
        await under.stop();
      }
    });

    it('delivers a doorbell that rang before anybody listened, once, to one of many', async () => {
      const { bus } = await open();
      const got: number[] = [];
      for (let n = 0; n < 20; n += 1) await bus.publish(rung, message(n));
      await bus.consume(rung, options, async ({ n }) => void got.push(n));
      await bus.consume(rung, { ...options, durable: 'other' }, async ({ n }) => void got.push(n));
      for (let n = 20; n < 40; n += 1) await bus.publish(rung, message(n, 'b'));
      await until(() => got.length >= 40);
      await clock.sleep(100);
      expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    });

    it('tells a notice to every name that listens, and once to each', async () => {
      const { bus } = await open();
      const got: string[] = [];
      await bus.consume(told, options, async ({ n }) => void got.push(`worker ${n}`));
      await bus.consume(told, options, async ({ n }) => void got.push(`worker ${n}`));
      await bus.consume(told, { ...options, durable: 'other' }, async ({ n }) => void got.push(`other ${n}`));
      await bus.publish(told, message(1));
      await bus.publish(told, message(2, 'b'));
      await until(() => got.length >= 4);
      await clock.sleep(100);
      expect(got.toSorted()).toEqual(['other 1', 'other 2', 'worker 1', 'worker 2']);
    });

    it('keeps notices for a name that has listened before and is away', async () => {
      const { bus } = await open();
      const first = await bus.consume(told, options, async () => undefined);
      await first.close();
      await bus.publish(told, message(7));
      const got: number[] = [];
      await bus.consume(told, options, async ({ n }) => void got.push(n));
      await until(() => got.length === 1);
      expect(got).toEqual([7]);
    });

    it('delivers again, after a growing pause, what a handler threw at', async () => {
      const { bus } = await open();
      const attempts: { attempt: number; at: number }[] = [];
      await bus.consume(rung, options, async (_, { attempt }) => {
        attempts.push({ attempt, at: clock.now() });
        if (attempt < 3) throw new Error('not yet');
      });
      await bus.publish(rung, message(1));
      await until(() => attempts.length === 3);
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const [first, second, third] = attempts.map(({ at }) => at);
      expect(second! - first!).toBeGreaterThanOrEqual(45);
      expect(third! - second!).toBeGreaterThanOrEqual(95);
    });

    it('drops what no repetition can help, and goes on', async () => {
      const { bus } = await open();
      const got: number[] = [];
      await bus.consume(rung, options, async ({ n }) => {
        got.push(n);
        if (n === 1) throw new AppError('NOT_FOUND', 'Gone.');
      });
      await bus.publish(rung, message(1));
      await bus.publish(rung, message(2));
      await until(() => got.includes(2));
      await clock.sleep(200);
      expect(got.toSorted()).toEqual([1, 2]);
    });

    it('drops what stands on another subject than its payload says', async () => {
      const { bus, publishRaw } = await open();
      const got: number[] = [];
      await publishRaw(rung, 'ring.b.slow.mail', Buffer.from(JSON.stringify(message(1))));
      await bus.publish(rung, message(2, 'b'));
      await bus.consume(rung, options, async ({ n }) => void got.push(n));
      await until(() => got.length > 0);
      await clock.sleep(100);
      expect(got).toEqual([2]);
    });

    it('drops what breaks its schema, and goes on', async () => {
      const { bus, publishRaw } = await open();
      const got: number[] = [];
      await publishRaw(rung, 'ring.a.slow.mail', Buffer.from('{"tenantId":"a"}'));
      await publishRaw(rung, 'ring.a.slow.mail', Buffer.from([0xff, 0x00]));
      await bus.publish(rung, message(3));
      await bus.consume(rung, { ...options, concurrency: 1 }, async ({ n }) => void got.push(n));
      await until(() => got.length === 1);
      await clock.sleep(200);
      expect(got).toEqual([3]);
    });

    it('runs no more handlers at once than it may', async () => {
      const { bus } = await open();
      let running = 0;
      let most = 0;
      let done = 0;
      await bus.consume(rung, { ...options, concurrency: 3 }, async () => {
        most = Math.max(most, (running += 1));
        await clock.sleep(20);
        running -= 1;
        done += 1;
      });
      await Promise.all(Array.from({ length: 12 }, (_, n) => bus.publish(rung, message(n, `tenant-${n % 4}`))));
      await until(() => done === 12);
      expect(most).toBe(3);
    });

    it('serves queues in turn, so that a full one delays no other', async () => {
      const { bus } = await open();
      const order: string[] = [];
      for (let n = 0; n < 10; n += 1) await bus.publish(rung, message(n, 'big'));
      await bus.publish(rung, message(0, 'small'));
      await bus.publish(rung, message(0, 'big', 'fast'));
      await bus.consume(rung, { ...options, concurrency: 1 }, async ({ tenantId, lane }) => {
        order.push(`${tenantId} ${lane}`);
        await clock.sleep(5);
      });
      await until(() => order.length === 12);
      expect(order.indexOf('small slow')).toBeLessThan(4);
      expect(order.indexOf('big fast')).toBeLessThan(4);
    });

    it('gives a listener only what it asks for', async () => {
      const { bus } = await open();
      const mine: number[] = [];
      const others: number[] = [];
      await bus.consume(rung, { ...options, only: { tenantId: 'mine' } }, async ({ n }) => void mine.push(n));
      await bus.publish(rung, message(1, 'theirs'));
      await bus.publish(rung, message(2, 'mine'));
      await until(() => mine.length === 1);
      await clock.sleep(100);
      expect(mine).toEqual([2]);
      await bus.consume(rung, { ...options, only: { tenantId: 'theirs' } }, async ({ n }) => void others.push(n));
      await until(() => others.length === 1);
      expect(others).toEqual([1]);
    });

    it('tells a signal to everybody who hears it at that moment, and to nobody later', async () => {
      const { bus } = await open();
      const got: string[] = [];
      await bus.signal(called, message(1));
      const first = await bus.hear(called, {}, ({ n }) => got.push(`first ${n}`));
      await bus.hear(called, {}, ({ n }) => got.push(`second ${n}`));
      await bus.signal(called, message(2));
      await until(() => got.length >= 2);
      await first.close();
      await bus.signal(called, message(3, 'b'));
      await until(() => got.length >= 3);
      await clock.sleep(100);
      expect(got.toSorted()).toEqual(['first 2', 'second 2', 'second 3']);
    });

    it('gives who hears signals of a tenant no other’s', async () => {
      const { bus } = await open();
      const got: number[] = [];
      await bus.hear(called, { only: { tenantId: 'mine' } }, ({ n }) => got.push(n));
      await bus.signal(called, message(1, 'theirs'));
      await bus.signal(called, message(2, 'mine'));
      await until(() => got.length > 0);
      await clock.sleep(100);
      expect(got).toEqual([2]);
    });

    it('drops a signal that is not what its subject or its schema says, and hears the next, also after a failure', async () => {
      const { bus, signalRaw } = await open();
      const got: number[] = [];
      await bus.hear(called, {}, ({ n }) => {
        got.push(n);
        if (n === 2) throw new Error('a handler failed');
      });
      await signalRaw(called, 'call.b.slow', Buffer.from(JSON.stringify(message(1))));
      await signalRaw(called, 'call.a.slow', Buffer.from([0xff, 0x00]));
      await bus.signal(called, message(2));
      await bus.signal(called, message(3));
      await until(() => got.includes(3));
      expect(got).toEqual([2, 3]);
    });

    it('carries the trace of a signal', async () => {
      const { end } = await startTestTelemetry();
      const { bus } = await open();
      let heard = 0;
      await bus.hear(called, {}, () => (heard += 1));
      await inSpan('work', { kind: SpanKind.INTERNAL, mayBegin: true }, () =>
        bus.signal(called, message(1, 'tenant-1')),
      );
      await until(() => heard === 1);
      await clock.sleep(50);
      const receiver = await end();
      const named = (name: string) => receiver.spans.find((span) => span.name === name);
      const sent = named('send test.called.v1');
      expect(sent?.parentSpanId).toBe(named('work')?.spanId);
      expect(named('process test.called.v1')).toMatchObject({ traceId: sent?.traceId, parentSpanId: sent?.spanId });
      expect(receiver.sum('holdfast.bus.handled', { event: called.name, outcome: 'done' })).toBe(1);
    });

    it('lets handlers end when it closes, and hands back what they give up', async () => {
      const { bus } = await open();
      const ended: string[] = [];
      let begun = 0;
      const subscription = await bus.consume(rung, options, async ({ n }, { signal }) => {
        begun += 1;
        if (n === 1) {
          await clock.sleep(150);
          ended.push('one');
          return;
        }
        await clock.sleep(60_000, signal);
      });
      await bus.publish(rung, message(1));
      await bus.publish(rung, message(2));
      await until(() => begun === 2);
      await subscription.close();
      expect(ended).toEqual(['one']);
      const again: number[] = [];
      await bus.consume(rung, options, async ({ n }) => void again.push(n));
      await until(() => again.length === 1);
      await clock.sleep(100);
      expect(again).toEqual([2]);
    });

    it('carries the trace of who sends to who handles, also again after a failure', async () => {
      const { end } = await startTestTelemetry();
      const { bus } = await open();
      let attempts = 0;
      await bus.consume(rung, options, async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('not yet');
      });
      await inSpan('work', { kind: SpanKind.INTERNAL, mayBegin: true }, () =>
        bus.publish(rung, message(1, 'tenant-1')),
      );
      await until(() => attempts === 2);
      await clock.sleep(50);
      const receiver = await end();
      const { spans } = receiver;
      const named = (name: string) => spans.filter((span) => span.name === name);
      const [work] = named('work');
      const [sent] = named('send test.rung.v1');
      expect(sent).toMatchObject({ traceId: work?.traceId, parentSpanId: work?.spanId, kind: 4 });
      const handled = named('process test.rung.v1');
      expect(handled.map(({ status }) => status)).toEqual([2, 0]);
      for (const span of handled) {
        expect(span).toMatchObject({ traceId: work?.traceId, parentSpanId: sent?.spanId, kind: 5 });
        expect(span.attributes['holdfast.tenant.id']).toBe('tenant-1');
      }
      const handlings = (outcome: string) => receiver.sum('holdfast.bus.handled', { event: rung.name, outcome });
      expect([handlings('done'), handlings('again')]).toEqual([1, 1]);
    });

    it('refuses a payload that breaks the schema or cannot stand in a subject', async () => {
      const { bus } = await open();
      await expect(bus.publish(rung, { ...message(1), n: 1.5 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(bus.publish(rung, message(1, 'a.b'))).rejects.toThrow(/subject/);
    });

    it('takes no more doorbells than it has room for, and says to try again', async () => {
      const { bus } = await open(3);
      for (let n = 0; n < 3; n += 1) await bus.publish(rung, message(n));
      await expect(bus.publish(rung, message(4))).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
        retry: 'later',
      });
      let done = 0;
      await bus.consume(rung, options, async () => void (done += 1));
      await until(() => done === 3);
      await clock.sleep(50);
      await bus.publish(rung, message(5));
      await until(() => done === 4);
    });
  });
}
