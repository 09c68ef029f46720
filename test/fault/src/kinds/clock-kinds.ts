import { setTimeout } from 'node:timers/promises';
import { missingFaketime } from '../process-clocks.js';
import type { FaultKind } from './fault-kind.js';
import { drawProcess } from './service-kinds.js';

/** Seconds: a leap, a wrong time zone, a machine without battery. */
const JUMPS = [-7_200, -600, -30, 30, 600, 7_200, 86_400 * 2] as const;

export const jumpClock: FaultKind = {
  name: 'jump-clock',
  missing: missingFaketime,
  strike: async (occasion) => {
    const { faults, dice, name, holdMs } = occasion;
    const process = drawProcess(occasion);
    const seconds = dice.pick(`${name}/jump`, JUMPS);
    await faults.clocks.set(process.name, seconds);
    await setTimeout(holdMs);
    await faults.clocks.set(process.name, 0);
    return `the clock of ${process.name} ${seconds} s off for ${holdMs} ms`;
  },
};
