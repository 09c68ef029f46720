export { StorageModule } from './storage.module.js';
export { startStorage } from './start.js';
export { storageConfig } from './config.js';
