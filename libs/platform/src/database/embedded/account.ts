import { AppError } from '@holdfast/kernel';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The operating system's account that runs the server: PostgreSQL refuses to run as root. Absent: as ourselves. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'postgres';

/** The account for the server; made when we are root and it is missing. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await lookUp();
  if (found) return found;
  await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME]).catch(
    () => undefined,
  );
  const made = await lookUp();
  if (made) return made;
  throw new AppError(
    'FAILED_PRECONDITION',
    `PostgreSQL does not run as root and the account "${NAME}" could not be made. ` +
      'Start as another user, make that account, or give the address of a PostgreSQL server.',
  );
}

/** Whether the account may pass through and read a path. */
export async function canReach(account: Account | undefined, path: string): Promise<boolean> {
  return run('test', ['-r', path, '-a', '-x', path], { ...account }).then(
    () => true,
    () => false,
  );
}

async function lookUp(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
