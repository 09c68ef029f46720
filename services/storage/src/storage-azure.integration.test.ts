import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { parseDestinationSettings } from '@holdfast/destinations';
import { azureServer, describeWithServer, NO_AZURE } from '@holdfast/testkit';
import { randomBytes } from 'node:crypto';
import { near } from './adapters/postgres/test-database.suite.js';
import { describeStorage } from './storage.suite.js';

const azure = azureServer();
const [first, second] = ['near', 'far'].map((name) => `holdfast-${name}-${randomBytes(6).toString('hex')}`) as [
  string,
  string,
];

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
