import { Readable } from 'node:stream';
import { nameCheck, tryConnection } from '../check-connection.js';
import { type Check } from '../check-report.js';
import { type ByteRange } from '../destination.port.js';
import { FileServer, type Naming } from '../files/file-server.port.js';
import { type SftpCredentials, type SftpSettings } from './sftp-settings.js';
import { SharedSession } from '../shared-session.js';
import { type FileEntry } from '../walk-files.js';
import { named, saysAbsent, saysFailure, saysUnsupported, serverFull, sftpError, statusOf } from './sftp-errors.js';
import { SftpSession } from './sftp-session.js';
import { readBlocks, writeBlocks } from './sftp-transfer.js';

/** A server that speaks SFTP, version 3, with OpenSSH's extensions where it has them. All operations share one connection. */
export class SftpServer extends FileServer {
  readonly #session: SharedSession<SftpSession>;

  /** The protocol forbids that a rename replaces anything; so does a hard link. */
  override readonly keepsNames = true;

  constructor(
    private readonly settings: SftpSettings,
    credentials: SftpCredentials,
    silenceMs: number,
  ) {
    super();
    this.#session = new SharedSession((onLost) => SftpSession.open(settings, credentials, { silenceMs, onLost }));
  }

  override entries(folder: string): Promise<readonly FileEntry[]> {
    return this.#use(async (session) => {
      const handle = await session.ask<Buffer>((sftp, answer) => sftp.opendir(folder, answer)).catch(absent);
      if (!handle) return [];
      try {
        return await entriesOf(session, handle);
      } finally {
        await closed(session, handle);
      }
    });
  }

  override stat(path: string): Promise<FileEntry | undefined> {
    return this.#use((session) => statOf(session, path));
  }

  override modifiedAt(path: string): Promise<number | undefined> {
    return this.#use(async (session) => {
      const found = await session.ask<Attributes>((sftp, answer) => sftp.stat(path, answer)).catch(absent);
      return found && found.mtime * 1000;
    });
  }

  override makeFolderBelow(root: string, path: string): Promise<void> {
    return this.#use((session) => makeFolders(session, root, path));
  }

  override write(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#use(async (session) => {
      const handle = await session.ask<Buffer>((sftp, answer) => sftp.open(path, 'wx', answer));
      try {
        await writeBlocks(session, handle, body);
        await session.ask((sftp, answer) => sftp.ext_openssh_fsync(handle, answer)).catch(unsupported);
      } catch (thrown) {
        if (saysFailure(thrown) && (await isFull(session, path))) throw serverFull(thrown);
        throw thrown;
      } finally {
        await closed(session, handle);
      }
    });
  }

  override async read(path: string, range: ByteRange): Promise<Readable> {
    const lent = this.#session;
    return named(async () => {
      const session = await lent.borrow();
      try {
        const handle = await session.ask<Buffer>((sftp, answer) => sftp.open(path, 'r', answer));
        const stream = Readable.from(namedPieces(readBlocks(session, handle, range)), { objectMode: false });
        stream.once('close', () => {
          void closed(session, handle).finally(() => lent.giveBack());
        });
        return stream;
      } catch (thrown) {
        lent.giveBack();
        throw thrown;
      }
    });
  }

  override nameOnce(from: string, to: string): Promise<Naming> {
    return this.#use(async (session) => {
      try {
        await session
          .ask<unknown>((sftp, answer) => sftp.ext_openssh_hardlink(from, to, (error) => answer(error, undefined)))
          .catch((thrown: unknown) => renameInstead(session, { from, to, thrown }));
        return 'named';
      } catch (thrown) {
        if (saysAbsent(thrown)) return 'no-folder';
        if (saysFailure(thrown) && (await statOf(session, to))) return 'taken';
        throw thrown;
      }
    });
  }

  override replace(from: string, to: string): Promise<void> {
    return this.#use(async (session) => {
      try {
        await session.ask<unknown>((sftp, answer) =>
          sftp.ext_openssh_rename(from, to, (error) => answer(error, undefined)),
        );
      } catch (thrown) {
        unsupported(thrown);
        // Without the extension there is a moment in which nothing bears the name.
        await unlinked(session, to);
        await renamed(session, from, to);
      }
    });
  }

  override remove(path: string): Promise<boolean> {
    return this.#use((session) => unlinked(session, path));
  }

  override async removeFolder(path: string): Promise<void> {
    await this.#use((session) => session.ask<unknown>((sftp, answer) => sftp.rmdir(path, (error) => answer(error, 0))));
  }

  override connectionChecks(): readonly Check[] {
    const { host, port } = this.settings;
    return [
      nameCheck(host),
      {
        step: 'connection',
        run: async () => {
          await tryConnection({ host, port, tls: false });
          return 'Something listens at the port.';
        },
      },
      {
        step: 'credential',
        run: async () => {
          await this.#use(async () => undefined);
          return 'The host key is the one of the settings, and the account is let in.';
        },
      },
    ].map(({ step, run }) => ({ step, run: () => named(run) })) as Check[];
  }

  #use<Result>(work: (session: SftpSession) => Promise<Result>): Promise<Result> {
    return named(() => this.#session.use(work));
  }
}

async function* namedPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
  } catch (thrown) {
    throw sftpError(thrown);
  }
}

function absent(thrown: unknown): undefined {
  if (!saysAbsent(thrown)) throw thrown;
}

function unsupported(thrown: unknown): undefined {
  if (!saysUnsupported(thrown)) throw thrown;
}

async function closed(session: SftpSession, handle: Buffer): Promise<void> {
  // With the connection lost there is nothing to close.
  await session.ask<unknown>((sftp, answer) => sftp.close(handle, (error) => answer(error, 0))).catch(() => undefined);
}

/** The server tells a folder's entries a hundred or so at a time, and says that it has no more by an end of file. */
async function entriesOf(session: SftpSession, handle: Buffer): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  for (;;) {
    const page = await session.ask<readonly { filename: string; attrs: Attributes }[] | false>((sftp, answer) => {
      sftp.readdir(handle, (error, list) => answer(isEnd(error) ? undefined : error, error ? false : list));
    });
    if (page === false) return entries;
    for (const { filename: name, attrs } of page)
      if (name !== '.' && name !== '..' && (attrs.isDirectory() || attrs.isFile()))
        entries.push(entryFrom(name, attrs));
  }
}

interface Attributes {
  readonly size: number;
  readonly mtime: number;
  isDirectory(): boolean;
  isFile(): boolean;
}

const END_OF_FILE = 1;
const isEnd = (error: unknown) => statusOf(error) === END_OF_FILE;

function entryFrom(name: string, attributes: Attributes): FileEntry {
  const isFolder = attributes.isDirectory();
  return { name, isFolder, bytes: isFolder ? 0 : attributes.size };
}

async function statOf(session: SftpSession, path: string): Promise<FileEntry | undefined> {
  const found = await session.ask<Attributes>((sftp, answer) => sftp.stat(path || '/', answer)).catch(absent);
  return found && entryFrom(path.slice(path.lastIndexOf('/') + 1), found);
}

/** From the top down, where `root` is the top; a folder that somebody else has made meanwhile is as good. */
async function makeFolders(session: SftpSession, root: string, path: string): Promise<void> {
  if (path === root || (await statOf(session, path))?.isFolder) return;
  await makeFolders(session, root, path.slice(0, path.lastIndexOf('/')));
  try {
    await session.ask<unknown>((sftp, answer) => sftp.mkdir(path, (error) => answer(error, undefined)));
  } catch (thrown) {
    if (!(await statOf(session, path))?.isFolder) throw thrown;
  }
}

async function unlinked(session: SftpSession, path: string): Promise<boolean> {
  try {
    await session.ask<unknown>((sftp, answer) => sftp.unlink(path, (error) => answer(error, undefined)));
    return true;
  } catch (thrown) {
    absent(thrown);
    return false;
  }
}

async function renamed(session: SftpSession, from: string, to: string): Promise<void> {
  await session.ask<unknown>((sftp, answer) => sftp.rename(from, to, (error) => answer(error, undefined)));
}

/** Where there are no hard links: on the server, or on its file system, which OpenSSH answers as a mere failure. */
async function renameInstead(
  session: SftpSession,
  { from, to, thrown }: { readonly from: string; readonly to: string; readonly thrown: unknown },
): Promise<void> {
  if (saysUnsupported(thrown) || (saysFailure(thrown) && !(await statOf(session, to)))) {
    await renamed(session, from, to);
    return;
  }
  throw thrown;
}

/** Whether the volume below a file has no room left; false where the server does not tell. */
async function isFull(session: SftpSession, path: string): Promise<boolean> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const volume = await session
    .ask<{ readonly f_bavail: number }>((sftp, answer) => sftp.ext_openssh_statvfs(folder, answer))
    .catch(() => undefined);
  return volume?.f_bavail === 0;
}
