export { describeWithServer } from './real-servers.js';
export { NO_S3, s3Server, type S3Server } from './s3-server.js';
