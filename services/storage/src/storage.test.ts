import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { near } from './adapters/postgres/test-database.suite.js';
import { describeStorage } from './storage.suite.js';

describeStorage('folders', {
  make: async (folder) => {
    await mkdir(join(folder, 'near'));
    await mkdir(join(folder, 'far'));
  },
  of: (destination, folder) => ({
    settings: { kind: 'folder', path: join(folder, destination === near ? 'near' : 'far') },
    credentials: { kind: 'folder' },
  }),
  broken: (folder) => ({
    settings: { kind: 'folder', path: join(folder, 'not-mounted') },
    credentials: { kind: 'folder' },
  }),
});
