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
/** Pages that have room left take what comes: the first write that needs another may be a while off. */
const MET_WITHIN_MS = 20_000;
const LOOK_MS = 500;

export const fillDatabase: FaultKind = {
  name: 'fill-database',
  missing: missingSmallDisk,
  strike: async ({ faults, holdMs }) => {
    const { postgres } = faults.servers;
    const before = await postgres.timesSaid(REFUSED);
    const refused = async () => (await postgres.timesSaid(REFUSED)) - before;
    await faults.databaseDisk?.fill();
    await setTimeout(holdMs);
    for (let waited = 0; waited < MET_WITHIN_MS && (await refused()) === 0; waited += LOOK_MS)
      await setTimeout(LOOK_MS);
    await faults.databaseDisk?.makeRoom();
    // Without room for its log it ends, and whoever runs it starts it again.
    await postgres.raise();
    const writes = await refused();
    return writes === 0 ? undefined : `the database's disk full for ${holdMs} ms at least, ${writes} writes refused`;
  },
};
