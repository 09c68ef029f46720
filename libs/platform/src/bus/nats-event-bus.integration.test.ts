import { defineEvent } from '@holdfast/contracts';
import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, missingNats, startTestNats, type TestNats } from '@holdfast/testkit';
import { Wire } from '@holdfast/testkit/wire';
import { jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, expect, it } from '@jest/globals';
import { Secret } from '../config/secret.js';
import { SilentLogger } from '../logging/logger.js';
import { called, describeEventBus, rung, told, until } from './bus.suite.js';
import { NatsEventBus } from './nats-event-bus.js';

const clock = new SystemClock();
const logger = new SilentLogger();
const message = (n: number) => ({ tenantId: 'a', lane: 'slow', n });
const options = { durable: 'worker', concurrency: 2 };

describeWithServer('NATS JetStream', missingNats(), () => {
  describeEventBus('NatsEventBus', async (settings) => {
    const server = await startTestNats();
    const raw = await connect({ servers: server.url });
    const url = new Secret(server.url);
    const bus = await NatsEventBus.connect({ url, name: 'test', clock, logger, lookAgainMs: 500, ...settings });
    return {
      bus,
      publishRaw: async (event, subject, data) => {
        // The stream has to be there; a listener that closes makes it.
        await (await bus.consume(event as typeof rung, options, async () => undefined)).close();
        await jetstream(raw).publish(subject, data);
      },
      signalRaw: async (_, subject, data) => {
        raw.publish(subject, data);
        await raw.flush();
      },
      stop: async () => {
        await raw.close();
        await server.stop();
      },
    };
  });

  const open: { close(): Promise<void> }[] = [];
  const servers: TestNats[] = [];
  afterEach(async () => {
    for (const bus of open.splice(0)) await bus.close().catch(() => undefined);
    for (const server of servers.splice(0)) await server.stop();
  });
  const started = async () => {
    const server = await startTestNats();
    servers.push(server);
    return server;
  };
  const connected = async (server: TestNats) => {
    const url = new Secret(server.url);
    const bus = await NatsEventBus.connect({ url, name: 'test', clock, logger, firstPauseMs: 50, lookAgainMs: 200 });
    open.push(bus);
    return bus;
  };

  it('keeps messages and goes on working over a crash of the server', async () => {
    const server = await started();
    const bus = await connected(server);
    const got: number[] = [];
    await bus.publish(rung, message(1));
    await server.restart();
    const publishing = async (): Promise<void> =>
      bus.publish(rung, message(2)).catch(() => clock.sleep(50).then(publishing));
    await publishing();
    await bus.consume(rung, options, async ({ n }) => void got.push(n));
    await until(() => got.length >= 2);
    expect(new Set(got)).toEqual(new Set([1, 2]));
  }, 20_000);

  it('gives a message to another when its holder dies, and not while the holder works', async () => {
    const server = await started();
    const [first, second] = [await connected(server), await connected(server)];
    // A busy machine lets a process stand still for a second.
    const held = { ...rung, ackWaitMs: 2_000 };
    const seen: string[] = [];
    const holding: (() => void)[] = [];
    await first.consume(held, options, async (_, { attempt }) => {
      seen.push(`first ${attempt}`);
      await new Promise<void>((resolve) => void holding.push(resolve));
    });
    try {
      await first.publish(held, message(1));
      await until(() => seen.length === 1);
      await second.consume(held, options, async (_, { attempt }) => void seen.push(`second ${attempt}`));
      await clock.sleep(held.ackWaitMs * 2.5);
      expect(seen).toEqual(['first 1']);
      // As a dead process does: the connection is gone without a word.
      const { connection } = first as unknown as { connection: { close(): Promise<void> } };
      await connection.close();
      await until(() => seen.length === 2);
      expect(seen).toEqual(['first 1', 'second 2']);
    } finally {
      // Whatever came of it, what is held is let go, so that the bus can close.
      for (const finish of holding) finish();
    }
  }, 60_000);

  it('drops a repetition of the same id', async () => {
    const bus = await connected(await started());
    const got: number[] = [];
    await bus.publish(rung, message(1), { id: 'x' });
    await bus.publish(rung, message(1), { id: 'x' });
    await bus.consume(rung, options, async ({ n }) => void got.push(n));
    await until(() => got.length > 0);
    await clock.sleep(100);
    expect(got).toEqual([1]);
  });

  it('makes one durable consumer for each tenant and lane, and no end of deliveries', async () => {
    const server = await started();
    const bus = await connected(server);
    await bus.consume(rung, options, async () => undefined);
    await bus.publish(rung, message(1));
    await bus.publish(rung, { ...message(1), tenantId: 'b' });
    await clock.sleep(200);
    const raw = await connect({ servers: server.url });
    const manager = await jetstreamManager(raw);
    const consumers = await Array.fromAsync(manager.consumers.list('holdfast-ring'));
    expect(consumers.map(({ config }) => [config.durable_name, config.filter_subject, config.max_deliver])).toEqual([
      ['ring_a_slow', 'ring.a.slow.*', -1],
      ['ring_b_slow', 'ring.b.slow.*', -1],
    ]);
    await raw.close();
  });

  it('makes a consumer again that somebody removed', async () => {
    const server = await started();
    const bus = await connected(server);
    const got: number[] = [];
    await bus.consume(rung, options, async ({ n }) => void got.push(n));
    await bus.publish(rung, message(1));
    await until(() => got.length === 1);
    const raw = await connect({ servers: server.url });
    await (await jetstreamManager(raw)).consumers.delete('holdfast-ring', 'ring_a_slow');
    await raw.close();
    await bus.publish(rung, message(2));
    await until(() => got.length === 2);
  }, 10_000);

  it('makes a stream again that is gone, as after a server came back empty', async () => {
    const server = await started();
    const bus = await connected(server);
    const got: number[] = [];
    await bus.consume(rung, options, async ({ n }) => void got.push(n));
    const raw = await connect({ servers: server.url });
    await (await jetstreamManager(raw)).streams.delete('holdfast-ring');
    await raw.close();
    await expect(bus.publish(rung, message(1))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await bus.publish(rung, message(1));
    await until(() => got.length === 1);
  }, 20_000);

  it('leaves a connection whose other end is gone without a word', async () => {
    const server = await started();
    const wire = await Wire.to(Number(new URL(server.url).port));
    const url = new Secret(`nats://127.0.0.1:${wire.port}`);
    const bus = await NatsEventBus.connect({ url, name: 'test', clock, logger, lookAgainMs: 200, pingMs: 300 });
    open.push(bus, { close: async () => wire.close() });
    const got: number[] = [];
    await bus.consume(rung, options, async ({ n }) => void got.push(n));
    wire.strand();
    await (await connected(server)).publish(rung, message(1));
    await until(() => got.length === 1);
  }, 20_000);

  it('keeps nothing of a signal, and hears signals again once a lost connection is back', async () => {
    const server = await started();
    const [teller, hearer] = [await connected(server), await connected(server)];
    const got: number[] = [];
    await hearer.hear(called, {}, ({ n }) => got.push(n));
    await server.restart();
    let sent = 0;
    while (got.length === 0) {
      await teller.signal(called, message((sent += 1)));
      await clock.sleep(50);
    }
    const raw = await connect({ servers: server.url });
    const streams = await Array.fromAsync((await jetstreamManager(raw)).streams.list());
    await raw.close();
    expect(streams).toEqual([]);
  }, 20_000);

  it('refuses a stream that is not what it needs', async () => {
    const server = await started();
    const raw = await connect({ servers: server.url });
    const limits = { name: 'holdfast-ring', subjects: ['ring.>'], retention: RetentionPolicy.Limits };
    await (await jetstreamManager(raw)).streams.add(limits);
    await raw.close();
    const bus = await connected(server);
    await expect(bus.publish(rung, message(1))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('says that there is no server, as something to try again', async () => {
    const connecting = NatsEventBus.connect({ url: new Secret('nats://127.0.0.1:1'), name: 'test', clock, logger });
    await expect(connecting).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retry: 'later' });
  });

  it('keeps notices of one family apart by their kind', async () => {
    const bus = await connected(await started());
    const other = defineEvent({ ...told, name: 'test.other.v1', subject: 'event.{tenantId}.other' });
    const got: string[] = [];
    await bus.consume(told, options, async ({ n }) => void got.push(`told ${n}`));
    await bus.consume(other, options, async ({ n }) => void got.push(`other ${n}`));
    await bus.publish(other, message(1));
    await bus.publish(told, message(2));
    await until(() => got.length === 2);
    expect(got.toSorted()).toEqual(['other 1', 'told 2']);
  });
});
