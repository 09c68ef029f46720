import { seededRandomBytes } from '@holdfast/testkit';
import { generationNoteName } from '@holdfast/vault';
import { expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { near, far, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const content = (seed: string) => Buffer.from(seededRandomBytes(seed)(60_000));
jest.setTimeout(60_000);

it('deletes nothing where another installation has rebuilt the vault under a higher generation', async () => {
  const world = await new FreeingWorld(database).open();
  const garbage = await world.backUp({ item: content('garbage') });
  await world.backUp({ item: content('kept') });
  await world.settle();
  await world.retire(garbage);
  expect((await world.free()).packsFreed).toBeGreaterThan(0);
  // Condemned packs rest yet, and this installation is given up: another reads them into its index and backs up on them.
  const note = Buffer.from('a generation note');
  const terms = { bytes: note.byteLength, sha256: createHash('sha256').update(note).digest('hex'), ifAbsent: true };
  for (const place of [near, far]) await (await world.destination(place)).put(generationNoteName(2), note, terms);
  const before = await world.packsAt(near);
  await world.settle();
  expect([await world.packsAt(near), await world.packsAt(far)]).toEqual([before, before]);
  await world.close();
});
