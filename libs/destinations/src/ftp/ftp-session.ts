import { AppError } from '@holdfast/kernel';
import { Client } from 'basic-ftp';
import { isIP } from 'node:net';
import { type SecureContext } from 'node:tls';
import { type Session } from '../shared-session.js';
import { isAnswer } from './ftp-errors.js';
import { type FtpCredentials, type FtpSettings } from './ftp-settings.js';

/** A server, with what its certificate is judged by. */
export interface TrustedServer extends Omit<FtpSettings, 'ca'> {
  /** Node's own trust where there is none. */
  readonly secureContext?: SecureContext;
}

/** Replies to a wish for TLS that mean: there is none. */
const NO_TLS = new Set([500, 502, 504, 530, 534]);

/** A control connection, signed in; it does one thing at a time. */
export class FtpSession implements Session {
  private constructor(readonly client: Client) {}

  /** A server is given up that has been silent for `silenceMs`. Throws what the connection, TLS or the sign-in throws. */
  static async open(server: TrustedServer, credentials: FtpCredentials, silenceMs: number): Promise<FtpSession> {
    const client = new Client(silenceMs);
    try {
      await connect(client, server);
      client.ftp.socket.setNoDelay(true);
      await client.login(server.user, credentials.password);
      await client.useDefaultSettings();
      return new FtpSession(client);
    } catch (thrown) {
      client.close();
      throw thrown;
    }
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.client.ftp.socket.ref();
    else this.client.ftp.socket.unref();
  }

  close(): void {
    this.client.close();
  }
}

export function portOf({ port, tls }: Pick<FtpSettings, 'port' | 'tls'>): number {
  return port ?? (tls === 'implicit' ? 990 : 21);
}

async function connect(client: Client, { host, tls, secureContext, ...server }: TrustedServer): Promise<void> {
  const port = portOf({ tls, ...server });
  const secure = {
    ...(isIP(host) === 0 && { servername: host }),
    host,
    ...(secureContext && { secureContext }),
  };
  if (tls === 'implicit') {
    await client.connectImplicitTLS(host, port, secure);
    return;
  }
  await client.connect(host, port);
  if (tls === 'none') return;
  try {
    await client.useTLS(secure);
  } catch (thrown) {
    if (!isAnswer(thrown) || !NO_TLS.has(thrown.code)) throw thrown;
    throw new AppError(
      'STORE_REJECTED',
      'The server offers no TLS. Turn it on there; only where nobody can listen on the way, turn it off in the settings.',
    );
  }
}
