import { failingBucket, halvingBucket, lyingBucket, slowBucket } from './bucket-kinds.js';
import { jumpClock, jumpDatabaseClock } from './clock-kinds.js';
import { exhaustConnections, restartDatabase, timeOutStatements } from './database-kinds.js';
import { fillDatabase, fillDisk } from './disk-kinds.js';
import type { FaultKind } from './fault-kind.js';
import { doubleMessages, redeliverMessages } from './message-kinds.js';
import { cutServer, killServer, pauseServer } from './server-kinds.js';
import { cutService, killService, pauseService } from './service-kinds.js';

/** Every kind of trouble that strikes by itself; `mix` draws among those that a bucket can meet. */
export const ALL_KINDS: readonly [FaultKind, ...FaultKind[]] = [
  killService,
  pauseService,
  cutService,
  killServer,
  pauseServer,
  cutServer,
  doubleMessages,
  redeliverMessages,
  restartDatabase,
  exhaustConnections,
  timeOutStatements,
  slowBucket,
  failingBucket,
  lyingBucket,
  halvingBucket,
  fillDisk,
  fillDatabase,
  jumpClock,
  jumpDatabaseClock,
];
export const MIX = 'mix';
