import { afterAll, beforeAll, describe } from '@jest/globals';
import { useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { describeAttacks } from './suites/attacks.suite.js';
import { describeCommits } from './suites/commits.suite.js';
import { describeIntegrity } from './suites/integrity.suite.js';
import { describeOutages } from './suites/outages.suite.js';
import { describeCuts } from './suites/cuts.suite.js';
import { describeNotes } from './suites/notes.suite.js';
import { describePacks } from './suites/packs.suite.js';
import { StorageUnderTest, type TwoDestinations } from './suites/storage-under-test.suite.js';
import { describeVaults } from './suites/vaults.suite.js';

/** What storage promises to auth, crawlers and restores, over gRPC and HTTP, with two destinations of one kind. In this order. */
export function describeStorage(kind: string, two: TwoDestinations): void {
  describe(`storage with ${kind}`, () => {
    const storage = new StorageUnderTest(two, useStorageDatabase());
    beforeAll(() => storage.start(), 60_000);
    afterAll(() => storage.stop());
    describeVaults(storage);
    describeCommits(storage);
    describePacks(storage);
    describeAttacks(storage);
    describeOutages(storage);
    describeCuts(storage);
    describeNotes(storage);
    describeIntegrity(storage);
  });
}
