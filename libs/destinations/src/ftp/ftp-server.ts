import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { nameCheck, tryConnection } from '../check-connection.js';
import { type Check } from '../check-report.js';
import { type ByteRange } from '../destination.port.js';
import { folderMissing } from '../files/file-mark.js';
import { FileServer, type Naming } from '../files/file-server.port.js';
import { oneAtATime } from '../name-locks.js';
import { SessionPool } from '../session-pool.js';
import { trustOf } from '../trust.js';
import { type FileEntry } from '../walk-files.js';
import { isAnswer, named, saysAbsent } from './ftp-errors.js';
import { FtpSession, portOf } from './ftp-session.js';
import { type FtpCredentials, type FtpSettings } from './ftp-settings.js';
import { readStretch } from './read-stretch.js';

/** Sessions of each kind, of one destination. Readers have their own, so that no writer waits for a reader that waits for it. */
const MAX_SESSIONS = 2;

/** A server that speaks FTP. It writes over what bears a name, so names are looked at before they are given. */
export class FtpServer extends FileServer {
  readonly #readers: SessionPool<FtpSession>;
  readonly #others: SessionPool<FtpSession>;

  override readonly keepsNames = false;

  constructor(
    private readonly settings: FtpSettings,
    credentials: FtpCredentials,
    silenceMs: number,
  ) {
    super();
    const { ca, ...server } = settings;
    const trusted = { ...server, ...trustOf({ ca }) };
    const open = () => FtpSession.open(trusted, credentials, silenceMs);
    this.#readers = new SessionPool(open, MAX_SESSIONS);
    this.#others = new SessionPool(open, MAX_SESSIONS);
  }

  override entries(folder: string): Promise<readonly FileEntry[]> {
    return this.#use(async ({ client }) => {
      if (!(await isFolder(client, folder))) return [];
      const found = await client.list(folder);
      return found
        .filter(({ name, isFile, isDirectory }) => (isFile || isDirectory) && name !== '.' && name !== '..')
        .map(({ name, isDirectory, size }) => ({ name, isFolder: isDirectory, bytes: isDirectory ? 0 : size }));
    });
  }

  override stat(path: string): Promise<FileEntry | undefined> {
    return this.#use(({ client }) => statOf(client, path));
  }

  override modifiedAt(path: string): Promise<number | undefined> {
    // A server need not know when a file was written.
    return this.#use(async ({ client }) => (await client.lastMod(path)).getTime()).catch(() => undefined);
  }

  override makeFolderBelow(root: string, path: string): Promise<void> {
    return this.#use(({ client }) => makeFolders(client, root, path));
  }

  override async write(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    await named(async () => {
      const session = await this.#others.borrow();
      try {
        await session.client.uploadFrom(Readable.from(notEndedAtOnce(body), { objectMode: false }), path);
      } catch (thrown) {
        // The answer to a transfer that broke off may still come.
        this.#others.drop(session);
        throw thrown;
      }
      this.#others.giveBack(session);
    });
  }

  override read(path: string, range: ByteRange): Promise<Readable> {
    return named(async () => {
      const session = await this.#readers.borrow();
      return readStretch(session, path, range, (isSound) => {
        if (isSound) this.#readers.giveBack(session);
        else this.#readers.drop(session);
      });
    });
  }

  override nameOnce(from: string, to: string): Promise<Naming> {
    const { host } = this.settings;
    return oneAtATime(`${host}:${portOf(this.settings)}${to}`, () =>
      this.#use(async ({ client }) => {
        if (await statOf(client, to)) return 'taken';
        if (!(await isFolder(client, posix.dirname(to)))) return 'no-folder';
        await client.rename(from, to);
        return 'named';
      }),
    );
  }

  override replace(from: string, to: string): Promise<void> {
    return this.#use(async ({ client }) => {
      try {
        await client.rename(from, to);
      } catch (thrown) {
        // Some servers refuse what others do: then there is a moment in which nothing bears the name.
        if (!isAnswer(thrown)) throw thrown;
        await client.remove(to);
        await client.rename(from, to);
      }
    });
  }

  override remove(path: string): Promise<boolean> {
    return this.#use(async ({ client }) => {
      try {
        await client.remove(path);
        return true;
      } catch (thrown) {
        if (!saysAbsent(thrown) || (await statOf(client, path))) throw thrown;
        return false;
      }
    });
  }

  override async removeFolder(path: string): Promise<void> {
    await this.#use(({ client }) => client.send(`RMD ${path}`));
  }

  override connectionChecks(): readonly Check[] {
    const { host, tls, ca } = this.settings;
    const checks: readonly Check[] = [
      nameCheck(host),
      {
        step: 'connection',
        run: async () => {
          await tryConnection({ host, port: portOf(this.settings), tls: tls === 'implicit', ca });
          return 'Something listens at the port.';
        },
      },
      {
        step: 'credential',
        run: async () => {
          await this.#use(async () => undefined);
          if (tls !== 'none')
            return 'The connection is encrypted, the certificate is trusted, and the account is let in.';
          return {
            warning:
              'The account is let in. Nothing is encrypted on the way: whoever listens there learns the password. The backup data itself is encrypted.',
          };
        },
      },
    ];
    return checks.map(({ step, run }) => ({ step, run: () => named(run) }));
  }

  #use<Result>(work: (session: FtpSession) => Promise<Result>): Promise<Result> {
    return named(async () => {
      const session = await this.#others.borrow();
      try {
        const result = await work(session);
        this.#others.giveBack(session);
        return result;
      } catch (thrown) {
        if (isAnswer(thrown)) this.#others.giveBack(session);
        else this.#others.drop(session);
        throw thrown;
      }
    });
  }
}

type Client = FtpSession['client'];

/** A server that is still busy with the TLS handshake takes the end of an empty file for a broken connection (seen with vsftpd 3.0.5). */
const HANDSHAKE_MS = 250;

async function* notEndedAtOnce(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let isEmpty = true;
  for await (const piece of body) {
    isEmpty &&= piece.byteLength === 0;
    yield piece;
  }
  if (isEmpty) await setTimeout(HANDSHAKE_MS);
}

/** The oldest servers answer nothing else about a file than its size; what has none and can be entered is a folder. */
async function statOf(client: Client, path: string): Promise<FileEntry | undefined> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    return { name, isFolder: false, bytes: await client.size(path) };
  } catch (thrown) {
    if (!isAnswer(thrown)) throw thrown;
    return (await isFolder(client, path)) ? { name, isFolder: true, bytes: 0 } : undefined;
  }
}

async function isFolder(client: Client, path: string): Promise<boolean> {
  try {
    await client.cd(path || '/');
    return true;
  } catch (thrown) {
    if (!saysAbsent(thrown)) throw thrown;
    return false;
  }
}

/** From the top down, where `root` is the top. Where it is missing a server says what it says to somebody who may not make folders. */
async function makeFolders(client: Client, root: string, path: string): Promise<void> {
  if (path === root || (await isFolder(client, path))) return;
  await makeFolders(client, root, path.slice(0, path.lastIndexOf('/')));
  try {
    await client.send(`MKD ${path}`);
  } catch (thrown) {
    if (!isAnswer(thrown)) throw thrown;
    if (await isFolder(client, path)) return;
    throw (await isFolder(client, root)) ? thrown : folderMissing();
  }
}
