import { SystemClock } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { expect, it, jest } from '@jest/globals';
import { useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const content = (seed: string) => Buffer.from(seededRandomBytes(seed)(60_000));
jest.setTimeout(60_000);

it('comes to its end where a snapshot that was stored since it marked is let go by another freeing', async () => {
  const world = await new FreeingWorld(database).open();
  const garbage = await world.backUp({ item: content('garbage') });
  await world.backUp({ item: content('kept') });
  await world.retire(garbage);
  const freed = world.free(async () => {
    // Another set of the vault backs somebody up, whose deletion was approved, and a freeing follows that.
    await world.retire(await world.backUp({ item: content('deleted') }, 'drive.u1'));
    const stopped = world.free(() => Promise.reject(new Error('it is still marking')));
    await expect(stopped).rejects.toThrow('still marking');
  });
  const late = new SystemClock().sleep(15_000).then(() => 'runs for ever');
  expect(await Promise.race([freed.then(() => 'ended'), late])).toBe('ended');
  await world.close();
});
