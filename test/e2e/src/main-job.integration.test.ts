import { startSystem } from '@holdfast/demo';
import { describeWithServer, missingNats, NO_S3, s3Server } from '@holdfast/testkit';
import { describe } from '@jest/globals';
import { itDoesTheMainJob, SEED } from './main-job.suite.js';
import { newBucket, newFolder, startClusterSystem } from './cluster-system.js';

describe('one process, a folder', () => {
  itDoesTheMainJob(() => startSystem({ seed: SEED }));
});

const s3 = s3Server();
describeWithServer('every service a process, NATS, PostgreSQL and a bucket', s3 ? missingNats() : NO_S3, () => {
  itDoesTheMainJob(() => (s3 ? startClusterSystem(SEED, () => newBucket(s3)) : Promise.reject(new Error(NO_S3))));
});

describeWithServer('every service a process, NATS, PostgreSQL and a folder behind storage', missingNats(), () => {
  itDoesTheMainJob(() => startClusterSystem(SEED, newFolder));
});
