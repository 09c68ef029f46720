import type { Installation } from '../installation.js';
import { crowd, CROWD_TASKS } from './crowd.js';
import { largeFile } from './large-file.js';
import { drive, mailbox } from './many-items.js';
import { slowDestination } from './slow-destination.js';

const GIB = 1024 ** 3;

/** One measured situation. */
interface MemoryCase {
  /** What its size counts. */
  readonly unit: 'items' | 'bytes';
  readonly full: number;
  /** For every commit. */
  readonly slice: number;
  readonly crawlerTasks?: number;
  run(installation: Installation, size: number): Promise<void>;
}

export type CaseName = 'mailbox' | 'drive' | 'file' | 'crowd' | 'slow-destination';

export const CASES: Readonly<Record<CaseName, MemoryCase>> = {
  mailbox: { unit: 'items', full: 1_000_000, slice: 3_000, run: mailbox },
  drive: { unit: 'items', full: 500_000, slice: 2_000, run: drive },
  file: { unit: 'bytes', full: 50 * GIB, slice: GIB / 2, run: largeFile },
  crowd: { unit: 'items', full: 50_000, slice: 1_500, crawlerTasks: CROWD_TASKS, run: crowd },
  'slow-destination': { unit: 'items', full: 4_000, slice: 1_000, run: slowDestination },
};
