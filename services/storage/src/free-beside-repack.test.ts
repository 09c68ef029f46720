import { seededRandomBytes } from '@holdfast/testkit';
import type { Destination } from '@holdfast/destinations';
import { expect, it, jest } from '@jest/globals';
import { useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const content = (seed: string) => Buffer.from(seededRandomBytes(seed)(6_000));
jest.setTimeout(60_000);

/** The next pack that is put waits until it may. */
class SlowWorld extends FreeingWorld {
  readonly reached = Promise.withResolvers<undefined>();
  readonly may = Promise.withResolvers<undefined>();
  isSlow = false;

  override async destination(id: Parameters<FreeingWorld['destination']>[0]): Promise<Destination> {
    const destination = await super.destination(id);
    if (!this.isSlow) return destination;
    const put: Destination['put'] = async (name, body, terms) => {
      if (this.isSlow && name.startsWith('packs/')) {
        this.isSlow = false;
        this.reached.resolve(undefined);
        await this.may.promise;
      }
      await destination.put(name, body, terms);
    };
    return new Proxy(destination, {
      get: (target, key) => {
        if (key === 'put') return put;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }
}

it('keeps a pack that another freeing announced before it began and registered while it marked', async () => {
  const world = new SlowWorld(database);
  await world.open();
  for (let day = 0; day < 6; day += 1) await world.backUp({ [`item-${day}`]: content(`${day}`) });
  world.isSlow = true;
  const first = world.free();
  await world.reached.promise;
  // A backup registers packs with higher numbers than the one that is announced and under way.
  await world.backUp({ later: content('later') });
  await world.free(async () => {
    world.may.resolve(undefined);
    await first;
  });
  expect(await world.lostOf()).toEqual([]);
  await world.settle();
  expect(await world.lostOf()).toEqual([]);
  await world.close();
});
