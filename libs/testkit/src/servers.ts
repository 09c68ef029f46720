/** Servers for programs that measure, outside of jest. */
export { missingNats, startTestNats } from './start-test-nats.js';
export { startTestPostgres } from './start-test-postgres.js';
