import { setTimeout } from 'node:timers/promises';
import { missingSmallDisk } from '@holdfast/testkit/small-disk';
import type { FaultKind } from './fault-kind.js';

export const fillDisk: FaultKind = {
  name: 'fill-disk',
  place: 'small-disk',
  missing: missingSmallDisk,
  strike: async ({ faults, holdMs }) => {
    const disk = faults.disks.at(-1);
    await disk?.fill();
    await setTimeout(holdMs);
    await disk?.makeRoom();
    return `the destination's disk full for ${holdMs} ms`;
  },
};

/** What PostgreSQL says of every write that finds no room. */
const REFUSED = 'No space left on device';

export const fillDatabase: FaultKind = {
  name: 'fill-database',
  missing: missingSmallDisk,
  strike: async ({ faults, holdMs }) => {
    const { postgres } = faults.servers;
    const before = await postgres.timesSaid(REFUSED);
    await faults.databaseDisk?.fill();
    await setTimeout(holdMs);
    await faults.databaseDisk?.makeRoom();
    // Without room for its log it ends, and whoever runs it starts it again.
    await postgres.raise();
    return `the database's disk full for ${holdMs} ms, ${(await postgres.timesSaid(REFUSED)) - before} writes refused`;
  },
};
