export { missingDocker, ServerContainer } from './server-container.js';
export { startNatsContainer } from './start-nats-container.js';
export { type PostgresContainer, type SetClock, startPostgresContainer } from './start-postgres-container.js';
export { type S3Container, startS3Container } from './start-s3-container.js';
