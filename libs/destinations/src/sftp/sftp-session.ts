import { AppError } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import ssh2, { Client, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import { type SftpCredentials, type SftpSettings } from './sftp-settings.js';
import { type Session } from '../shared-session.js';

/** How long connecting, and then the sign-in, may take. */
const MAX_READY_MS = 20_000;

type Answer<Result> = (error: Error | null | undefined, result: Result) => void;

/** An SSH connection to a server whose host key is one of those in the settings, with its SFTP channel. */
export class SftpSession implements Session {
  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
    private readonly sftp: SFTPWrapper,
    private readonly silenceMs: number,
  ) {}

  /** Calls `onLost` once, when the connection has ended. A server is given up that has not answered a request for `silenceMs`. Throws what the connection, the handshake or the sign-in throws. */
  static async open(
    settings: SftpSettings,
    credentials: SftpCredentials,
    { silenceMs, onLost }: { readonly silenceMs: number; readonly onLost: () => void },
  ): Promise<SftpSession> {
    const readyTimeout = Math.min(silenceMs, MAX_READY_MS);
    const config = { ...signIn(settings, credentials), readyTimeout };
    const socket = await connected(settings, readyTimeout);
    const client = new Client();
    let presented = '';
    const hostVerifier = (key: Buffer) => {
      presented = fingerprintOf(key);
      return settings.hostKeys.includes(presented);
    };
    // A failure after the sign-in also ends the connection, which is what everybody waits for.
    client.on('error', () => undefined).once('close', onLost);
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
      finish(prompts.map(() => credentials.password ?? ''));
    });
    try {
      const ready = once(client, 'ready');
      client.connect({ ...config, sock: socket, hostVerifier });
      await ready;
      const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
        client.sftp((error, opened) => (error ? reject(noSftp(error)) : resolve(opened)));
      });
      return new SftpSession(client, socket, sftp, silenceMs);
    } catch (thrown) {
      client.destroy();
      socket.destroy();
      if (presented !== '' && !settings.hostKeys.includes(presented)) throw otherServer(presented);
      throw thrown;
    }
  }

  /** One request to the server; throws its refusal. */
  async ask<Result>(request: (sftp: SFTPWrapper, answer: Answer<Result>) => void): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Result>((resolve, reject) => {
        timer = setTimeout(() => {
          // Whatever else waits here waits for the same silent server.
          this.close();
          reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
        }, this.silenceMs);
        request(this.sftp, (error, result) => (error ? reject(error) : resolve(result)));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.socket.ref();
    else this.socket.unref();
  }

  close(): void {
    this.client.end();
    this.socket.destroy();
  }
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

async function connected({ host, port }: SftpSettings, readyMs: number): Promise<Socket> {
  // Requests are small and each waits for its answer.
  const socket = connect({ host, port, noDelay: true });
  socket.setTimeout(readyMs, () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
  await once(socket, 'connect');
  socket.setTimeout(0);
  return socket;
}

function signIn({ user }: SftpSettings, credentials: SftpCredentials): ConnectConfig {
  const common = { username: user };
  if (credentials.password !== undefined) return { ...common, password: credentials.password, tryKeyboard: true };
  const { privateKey = '', passphrase } = credentials;
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error)
    throw new AppError(
      'STORE_DENIED',
      'The private key cannot be read: it is none in PEM or OpenSSH form, or its passphrase is missing or wrong. Enter both again.',
    );
  return { ...common, privateKey, ...(passphrase !== undefined && { passphrase }) };
}

function otherServer(presented: string): AppError {
  return new AppError(
    'STORE_REJECTED',
    `The server shows another host key than the settings name: ${presented}. Somebody may stand between you and it. Ask whoever runs the server; only where it is its key, enter it.`,
  );
}

function noSftp(cause: Error): AppError {
  return new AppError('STORE_DENIED', 'The server lets the account in and gives it no SFTP. Allow it there.', {
    cause,
  });
}
