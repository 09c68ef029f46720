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
