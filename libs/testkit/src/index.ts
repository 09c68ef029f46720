export { MovableClock } from './movable-clock.js';
export { areServersRequired, describeWithServer } from './real-servers.js';
export { NO_S3, s3Server, type S3Server } from './s3-server.js';
export { seededRandomBytes } from './seeded-random-bytes.js';
export { missingNats, startTestNats, type TestNats } from './start-test-nats.js';
export { startTestPostgres, type TestPostgres } from './start-test-postgres.js';
export { MemoryVault } from './memory-vault.js';
