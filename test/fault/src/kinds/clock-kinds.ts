import { setTimeout } from 'node:timers/promises';
import { missingFaketime } from '../process-clocks.js';
import type { FaultKind } from './fault-kind.js';
import { drawProcess } from './service-kinds.js';

/** Seconds: a leap, a wrong time zone, a machine without battery. */
const JUMPS = [-7_200, -600, -30, 30, 600, 7_200, 86_400 * 2] as const;

/** The same for the machine under PostgreSQL, and the seconds by which a time server sets a clock at once. */
const DATABASE_JUMPS = [-86_400, -7_200, -600, -45, -20, -5, 5, 45, 600, 7_200, 86_400 * 2] as const;

/** Once it was wrong it may stay so: the next strike moves it from there. */
export const jumpDatabaseClock: FaultKind = {
  name: 'jump-database-clock',
  missing: missingFaketime,
  strike: async ({ faults, dice, name, holdMs }) => {
    const seconds = dice.pick(`${name}/jump`, DATABASE_JUMPS);
    await faults.databaseClock.set(seconds);
    await setTimeout(holdMs);
    if (dice.oneIn(`${name}/stays`, 2)) return `PostgreSQL's clock ${seconds} s off from then on`;
    await faults.databaseClock.set(0);
    return `PostgreSQL's clock ${seconds} s off for ${holdMs} ms`;
  },
};

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
