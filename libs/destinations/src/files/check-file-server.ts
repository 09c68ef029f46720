import { AppError } from '@holdfast/kernel';
import { objectChecks, TEST_BYTES } from '../check-objects.js';
import { type CheckReport, runChecks } from '../check-report.js';
import { type Destination } from '../destination.port.js';
import { isMarked } from './file-mark.js';
import { type FileServer } from './file-server.port.js';

/** Where a test may write. */
export interface TestedFolder {
  readonly folder: string;
  /** A folder below it that the test makes. */
  readonly below: string;
  /** Of the object that it writes there. */
  readonly name: string;
}

/** Tries in the folder what a backup does; `tried` writes to `below` without our mark. Leaves nothing behind. */
export async function checkFileServer(
  server: FileServer,
  { folder, below, name }: TestedFolder,
  tried: Destination,
): Promise<CheckReport> {
  try {
    return await runChecks([
      ...server.connectionChecks(),
      {
        step: 'folder',
        run: async () =>
          (await isMarked(server, folder)) ? 'The folder is there and holds backups already.' : 'The folder is there.',
      },
      ...objectChecks(tried, name, () => secondIsRefused(server, `${below}/${name}`)),
    ]);
  } finally {
    await server.remove(`${below}/${name}`).catch(() => undefined);
    await server.removeFolder(below).catch(() => undefined);
  }
}

async function secondIsRefused(server: FileServer, path: string): Promise<string | { warning: string }> {
  const second = `${path}.second`;
  await server.write(second, once(TEST_BYTES));
  try {
    if ((await server.nameOnce(second, path)) !== 'taken')
      throw new AppError(
        'STORE_REJECTED',
        'A second file of the same name replaced the first. Use another server, or a folder on another file system.',
      );
  } finally {
    await server.remove(second).catch(() => undefined);
  }
  if (server.keepsNames) return 'The server refuses a second file of the same name.';
  return {
    warning:
      'The server cannot itself keep a file from being overwritten; Holdfast looks before it names one. Let no other program write to this folder.',
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
