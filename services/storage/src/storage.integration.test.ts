import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { parseDestinationCredentials, parseDestinationSettings } from '@holdfast/destinations';
import {
  azureServer,
  describeWithServer,
  ftpServer,
  NO_AZURE,
  NO_FTP,
  NO_S3,
  NO_SFTP,
  s3Server,
  sftpServer,
} from '@holdfast/testkit';
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
const azure = azureServer();
const sftp = sftpServer();
const ftp = ftpServer();
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

describeWithServer('storage with a real blob service', azure ? undefined : NO_AZURE, () => {
  const { host, port, account, accountKey } = azure ?? {
    host: 'none.invalid',
    port: 1,
    account: 'none',
    accountKey: '',
  };
  const place = (container: string, changes: object = {}) => ({
    settings: parseDestinationSettings({
      kind: 'azure',
      account,
      container,
      host,
      port,
      tls: false,
      accountInPath: true,
      ...changes,
    }),
    credentials: { kind: 'azure' as const, accountKey },
  });
  describeStorage('containers', {
    make: async () => {
      const key = new StorageSharedKeyCredential(account, accountKey);
      const service = new BlobServiceClient(`http://${host}:${port}/${account}`, key);
      for (const container of [first, second]) await service.createContainer(container);
    },
    of: (destination) => place(destination === near ? first : second),
    broken: () => place(first, { port: 1 }),
  });
});

describeWithServer('storage with a real SFTP server', sftp ? undefined : NO_SFTP, () => {
  const place = (changes: object, folder: string) => ({
    settings: parseDestinationSettings({
      kind: 'sftp',
      host: sftp?.host,
      port: sftp?.port,
      user: sftp?.user,
      path: `${sftp?.path}/${folder}`,
      hostKeys: [sftp?.hostKey],
      ...changes,
    }),
    credentials: parseDestinationCredentials({ kind: 'sftp', password: sftp?.password }),
  });
  describeStorage('folders of a server', {
    make: async () => undefined,
    of: (destination) => place({}, destination === near ? 'near' : 'far'),
    broken: () => place({ port: 1 }, 'near'),
  });
});

describeWithServer('storage with a real FTP server', ftp ? undefined : NO_FTP, () => {
  const place = (changes: object, folder: string) => ({
    settings: parseDestinationSettings({
      kind: 'ftp',
      host: ftp?.host,
      port: ftp?.port,
      ca: ftp?.ca,
      user: ftp?.user,
      path: `${ftp?.path}/${folder}`,
      ...changes,
    }),
    credentials: parseDestinationCredentials({ kind: 'ftp', password: ftp?.password }),
  });
  describeStorage('folders of a server', {
    make: async () => undefined,
    of: (destination) => place({}, destination === near ? 'near' : 'far'),
    broken: () => place({ port: 1 }, 'near'),
  });
});
