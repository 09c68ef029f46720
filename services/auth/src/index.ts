export { AuthModule } from './auth.module.js';
export { startAuth } from './start.js';
export { authConfig } from './config.js';
