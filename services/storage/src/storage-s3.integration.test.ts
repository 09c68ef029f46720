import { parseDestinationSettings } from '@holdfast/destinations';
import { describeWithServer, NO_S3, s3Server } from '@holdfast/testkit';
import { Client } from 'minio';
import { randomBytes } from 'node:crypto';
import { near } from './adapters/postgres/test-database.suite.js';
import { describeStorage } from './storage.suite.js';

const server = s3Server();
const { host, port, accessKey, secretKey } = server ?? {
  host: 'none.invalid',
  port: 1,
  accessKey: 'none',
  secretKey: 'none',
};
const [first, second] = ['near', 'far'].map((name) => `holdfast-${name}-${randomBytes(6).toString('hex')}`) as [
  string,
  string,
];

describeWithServer('storage with a real S3 service', server ? undefined : NO_S3, () => {
  describeStorage('buckets', {
    make: async () => {
      const client = new Client({ endPoint: host, port, useSSL: false, region: 'us-east-1', accessKey, secretKey });
      for (const bucket of [first, second]) await client.makeBucket(bucket);
    },
    of: (destination) => ({
      settings: parseDestinationSettings({
        kind: 's3',
        host,
        port,
        tls: false,
        bucket: destination === near ? first : second,
      }),
      credentials: { kind: 's3', accessKey, secretKey },
    }),
    broken: () => ({
      settings: parseDestinationSettings({ kind: 's3', host, port: 1, tls: false, bucket: first }),
      credentials: { kind: 's3', accessKey, secretKey },
    }),
  });
});
