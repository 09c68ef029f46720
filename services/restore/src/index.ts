export { RestoreModule } from './restore.module.js';
export { startRestore } from './start.js';
export { restoreConfig } from './config.js';
