import type { Stage } from '../stage.js';
import { crawlerStages } from './crawler-stages.js';
import { restoreStages } from './restore-stages.js';
import { storageStages } from './storage-stages.js';

/** Every stage of an item's way, in the order of docs/architecture.md#the-completeness-ledger. */
export const STAGES: readonly Stage[] = [...crawlerStages, ...storageStages, ...restoreStages];
