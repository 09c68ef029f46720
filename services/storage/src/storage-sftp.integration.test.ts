import { parseDestinationCredentials, parseDestinationSettings } from '@holdfast/destinations';
import { describeWithServer, NO_SFTP, sftpServer } from '@holdfast/testkit';
import { near } from './adapters/postgres/test-database.suite.js';
import { describeStorage } from './storage.suite.js';

const sftp = sftpServer();

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
