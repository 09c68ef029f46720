import { parseDestinationCredentials, parseDestinationSettings } from '@holdfast/destinations';
import { describeWithServer, ftpServer, NO_FTP } from '@holdfast/testkit';
import { near } from './adapters/postgres/test-database.suite.js';
import { describeStorage } from './storage.suite.js';

const ftp = ftpServer();

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
