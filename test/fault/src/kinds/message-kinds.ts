import { type ConsumerInfo, jetstreamManager, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { setTimeout } from 'node:timers/promises';
import type { FaultSystem } from '../fault-system.js';
import type { FaultKind } from './fault-kind.js';

const COPY = 'Faults-Copy';
const LATEST_MS = 3_000;
/** So short that most handlers are still at it when their message is handed out again. */
const SHORT_ACK_WAIT_NS = 5_000_000;

async function withNats<T>(
  { natsUrl }: FaultSystem,
  work: (nats: NatsConnection, manager: JetStreamManager, streams: readonly StreamInfo[]) => Promise<T>,
): Promise<T> {
  const nats = await connect({ servers: new URL(natsUrl).host });
  try {
    const manager = await jetstreamManager(nats);
    return await work(nats, manager, await Array.fromAsync(manager.streams.list()));
  } finally {
    await nats.close();
  }
}

export const doubleMessages: FaultKind = {
  name: 'double-messages',
  strike: ({ faults, dice, name, holdMs }) =>
    withNats(faults, async (nats, _, streams) => {
      let copies = 0;
      const late: Promise<void>[] = [];
      const ears = streams
        .flatMap(({ config }) => config.subjects)
        .map((subject) =>
          nats.subscribe(subject, {
            callback: (_error, message) => {
              if (message.headers?.has(COPY)) return;
              const marked = headers();
              marked.set(COPY, '1');
              const again = () => nats.publish(message.subject, message.data, { headers: marked });
              again();
              copies += 1;
              const afterMs = dice.below(`${name}/late/${copies}`, LATEST_MS);
              late.push(setTimeout(afterMs).then(again));
            },
          }),
        );
      await setTimeout(holdMs);
      for (const ear of ears) ear.unsubscribe();
      await Promise.all(late);
      await nats.flush();
      return `${copies} messages doubled at once and once more later`;
    }),
};

export const redeliverMessages: FaultKind = {
  name: 'redeliver-messages',
  strike: ({ faults, holdMs }) =>
    withNats(faults, async (nats, manager, streams) => {
      const consumers: ConsumerInfo[] = [];
      for (const { config } of streams) consumers.push(...(await Array.fromAsync(manager.consumers.list(config.name))));
      const setAckWait = async (ackWaitOf: (ownNs: number | undefined) => number | undefined) => {
        for (const { stream_name: stream, name, config } of consumers) {
          const ackWait = ackWaitOf(config.ack_wait);
          if (ackWait !== undefined) await manager.consumers.update(stream, name, { ack_wait: ackWait });
        }
      };
      let again = 0;
      // An acknowledgement's subject tells which delivery it is of: $JS.ACK.STREAM.CONSUMER.DELIVERY.…
      nats.subscribe('$JS.ACK.>', {
        callback: (_error, { subject }) => {
          if (Number(subject.split('.')[4]) > 1) again += 1;
        },
      });
      await setAckWait(() => SHORT_ACK_WAIT_NS);
      await setTimeout(holdMs);
      await setAckWait((own) => own);
      return `${again} acknowledgements of messages that had been handed out before`;
    }),
};
