import * as contracts from '@holdfast/contracts';
import { SystemClock } from '@holdfast/kernel';
import { InProcessEventBus, SilentLogger } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';

const events = Object.values(contracts).filter(
  (value): value is typeof contracts.crawlReady | typeof contracts.budgetFenced =>
    typeof value === 'object' && 'subject' in value && 'schema' in value,
);
const ours = 'aaaaaaaa-0000-4000-8000-000000000000';
const theirs = 'bbbbbbbb-0000-4000-8000-000000000000';
const ring = (tenantId: string) => ({
  tenantId,
  jobId: '11111111-0000-4000-8000-000000000000',
  taskId: '22222222-0000-4000-8000-000000000000',
  lane: 'increment',
  workload: 'mail',
});

describe('every subject of the bus', () => {
  it('names the tenant behind the family, once', () => {
    expect(events.length).toBeGreaterThan(4);
    const wrong = events.filter(
      ({ subject }) => !/^[a-z]+\.\{tenantId\}(\.[a-z-]+|\.\{(?!tenantId)\w+\})+$/.test(subject),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('cannot be widened by what is told', () => {
    for (const { subject } of events)
      for (const tenantId of ['*', '>', `${ours}.x`, ''])
        expect(() => contracts.subjectOf(subject, { ...ring(ours), tenantId })).toThrow(/subject/);
  });

  it('brings a consumer that is bound to a tenant nothing of another', async () => {
    const clock = new SystemClock();
    const bus = new InProcessEventBus({ clock, logger: new SilentLogger() });
    const heard: string[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const options = { durable: 'crawler', concurrency: 1, only: { tenantId: ours } };
    await bus.consume(contracts.crawlReady, options, async ({ tenantId }) => {
      heard.push(tenantId);
      resolve(undefined);
    });
    for (const tenant of [theirs, ours, theirs])
      await bus.publish(contracts.crawlReady, contracts.crawlReady.schema.parse(ring(tenant)));
    await promise;
    await bus.close();
    expect(heard).toEqual([ours]);
  });
});
