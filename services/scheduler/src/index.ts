export { SchedulerModule } from './scheduler.module.js';
export { startScheduler } from './start.js';
export { schedulerConfig } from './config.js';
