import { AppError, type RandomBytes } from '@holdfast/kernel';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Socket } from 'node:net';
import { proxyUrl } from '../http-agent.js';
import { type Session } from '../shared-session.js';
import { type RcloneCredentials, type RcloneSettings } from './rclone-settings.js';
import { TRUST_FOLDER, trustFile } from './trust-file.js';

/** How long the program may take until it listens. */
const START_MS = 20_000;
const LISTENS = /Serving remote control on http:\/\/127\.0\.0\.1:(\d+)\//;
/** Name of the one remote that the program knows. */
const REMOTE = 'place';
/**
 * Ends rclone with whoever started it: however they end, their end of the pipe at descriptor 3 closes. Its file of certificates goes
 * with it. What the shell itself would say has no reader any more then, and would end it too early.
 */
const WHILE_WANTED =
  '"$@" 3<&- & rclone=$!; exec 2>/dev/null; { read -r _; kill $rclone; } <&3 & watch=$!; wait $rclone; kill $watch; ' +
  `rm -rf "$${TRUST_FOLDER}"`;

/**
 * The program rclone, serving one remote to this process alone: on a loopback port, for a password of its own. Remote and password reach
 * it in its environment; nothing of them stands in its command line, in a file, or in a log.
 */
export class RcloneProcess implements Session {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly authorization: string,
    private readonly silenceMs: number,
  ) {}

  static async start(
    settings: RcloneSettings,
    credentials: RcloneCredentials,
    { silenceMs, randomBytes, onLost }: RcloneOptions,
  ): Promise<RcloneProcess> {
    const password = Buffer.from(randomBytes(24)).toString('base64url');
    const trust = settings.ca === undefined ? {} : await trustFile(settings.ca);
    const line = ['rclone', 'rcd', '--rc-addr', '127.0.0.1:0', '--rc-serve', '--config', '', '--retries', '1'];
    const child = spawn('/bin/sh', ['-c', WHILE_WANTED, 'sh', ...line, '--low-level-retries', '2'], {
      env: { ...environment(settings, credentials, password), ...trust },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    child.once('exit', onLost);
    // Whoever is gone reads no farewell.
    child.stdio[3]?.on('error', () => undefined);
    try {
      const port = await portOf(child);
      const authorization = `Basic ${Buffer.from(`holdfast:${password}`).toString('base64')}`;
      return new RcloneProcess(child, port, authorization, silenceMs);
    } catch (thrown) {
      end(child);
      throw thrown;
    }
  }

  /** One request to the program; resolves with its answer, whatever the status. `body` is sent as it comes. */
  async request(
    { headers, ...options }: RcloneRequest,
    send: (request: ClientRequest) => Promise<void>,
  ): Promise<IncomingMessage> {
    const request = httpRequest({
      host: '127.0.0.1',
      port: this.port,
      agent: this.#agent,
      ...options,
      headers: { ...headers, authorization: this.authorization },
    });
    request.setTimeout(this.silenceMs, () => {
      request.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
    });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    answered.catch(() => undefined);
    // A refusal may come before the body is through.
    const sent = send(request).catch((thrown: unknown) => ({ thrown }));
    const first = await Promise.race([sent, answered]);
    if (first && 'thrown' in first) {
      request.destroy();
      throw first.thrown;
    }
    return (await answered)[0];
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.child.ref();
    else this.child.unref();
    for (const pipe of [this.child.stdio[2], this.child.stdio[3]])
      if (pipe instanceof Socket) {
        if (isHeld) pipe.ref();
        else pipe.unref();
      }
  }

  close(): void {
    this.#agent.destroy();
    end(this.child);
  }
}

function end({ stdio }: ChildProcess): void {
  const pipe = stdio[3];
  if (pipe instanceof Socket) pipe.end();
}

export interface RcloneRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
}

export interface RcloneOptions {
  readonly silenceMs: number;
  readonly randomBytes: RandomBytes;
  /** Called once, when the program has ended. */
  readonly onLost: () => void;
}

/** What names a path of the remote to the program. */
export const remoteOf = (path: string) => `${REMOTE}:${path}`;

function environment(settings: RcloneSettings, credentials: RcloneCredentials, password: string): NodeJS.ProcessEnv {
  const proxy = proxyUrl(settings, credentials);
  const remote = Object.entries({ ...credentials.options, type: settings.backend }).map(
    ([name, value]) => [`RCLONE_CONFIG_${REMOTE.toUpperCase()}_${name.toUpperCase()}`, value] as const,
  );
  return {
    ...(proxy !== undefined && { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }),
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    RCLONE_RC_USER: 'holdfast',
    RCLONE_RC_PASS: password,
    ...Object.fromEntries(remote),
  };
}

/** The port that the program says it listens at; what else it says is let go, since it may name what is kept secret. */
function portOf({ stderr }: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    if (!stderr) throw new Error('the output of rclone is not piped');
    let said = '';
    const timer = setTimeout(() => reject(notStarted()), START_MS);
    stderr.on('data', (piece: Buffer) => {
      const [, port] = LISTENS.exec((said = (said + piece.toString('utf8')).slice(-1_000))) ?? [];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    stderr.once('close', () => {
      clearTimeout(timer);
      reject(notStarted());
    });
  });
}

function notStarted(): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    'The program rclone could not be started. Install it on the machine where the storage service runs, version 1.60 or later.',
  );
}
