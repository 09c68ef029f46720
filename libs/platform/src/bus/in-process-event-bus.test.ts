import type { EventDefinition } from '@holdfast/contracts';
import { SystemClock } from '@holdfast/kernel';
import { expect, it } from '@jest/globals';
import { SilentLogger } from '../logging/logger.js';
import { describeEventBus, told, until } from './bus.suite.js';
import type { EncodedMessage } from './event-subject.js';
import { InProcessEventBus } from './in-process-event-bus.js';

const common = { clock: new SystemClock(), logger: new SilentLogger() };

class OpenBus extends InProcessEventBus {
  override post(event: EventDefinition, message: EncodedMessage, carrier = {}): void {
    super.post(event, message, carrier);
  }

  override tell(message: EncodedMessage, carrier = {}): void {
    super.tell(message, carrier);
  }
}

describeEventBus('InProcessEventBus', async (settings) => {
  const bus = new OpenBus({ ...common, ...settings });
  return {
    bus,
    publishRaw: async (event, subject, data) => bus.post(event, { subject, data }),
    signalRaw: async (_, subject, data) => bus.tell({ subject, data }),
    stop: async () => undefined,
  };
});

it('drops the oldest notices of a listener that is away too long', async () => {
  const bus = new InProcessEventBus({ ...common, capacity: 2 });
  const first = await bus.consume(told, { durable: 'away', concurrency: 1 }, async () => undefined);
  await first.close();
  for (const n of [1, 2, 3]) await bus.publish(told, { tenantId: 'a', lane: 'x', n });
  const got: number[] = [];
  await bus.consume(told, { durable: 'away', concurrency: 1 }, async ({ n }) => void got.push(n));
  await until(() => got.length === 2);
  expect(got).toEqual([2, 3]);
  await bus.close();
});
