import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** What becomes of a request to the bucket. */
export type Manners =
  /** It gets there, after so many milliseconds. */
  | { readonly do: 'forward'; readonly afterMs: number }
  /** It is answered so, and does not get there. */
  | { readonly do: 'refuse'; readonly status: number }
  /** The connection breaks in the middle of the answer. */
  | { readonly do: 'break' }
  /** A write is answered as done, and is not done; anything else gets there. */
  | { readonly do: 'pretend' }
  /** A write is answered as done, and the first half of it is. */
  | { readonly do: 'halve'; readonly keep: KeepObject };

/** Puts an object past the proxy: a bucket's own signature covers the length, so that half a request would be refused. */
export type KeepObject = (
  path: string,
  body: Buffer,
  metadata: Readonly<Record<string, string>>,
) => Promise<{ readonly etag: string }>;

export type Treat = (method: string) => Manners;

const FORWARD: Manners = { do: 'forward', afterMs: 0 };
const WELL: Treat = () => FORWARD;

/** An S3 gateway's front, which can be slow, fail and lie. */
export class BucketProxy {
  readonly #agent = new Agent({ keepAlive: true });
  #treat: Treat = WELL;
  /** Requests that were not treated well since the last {@link treat}. */
  struck = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => void this.#serve(asked, answer));
  }

  static async to(target: number): Promise<BucketProxy> {
    const server = createServer({ requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new BucketProxy(server, target);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  treat(treat: Treat): void {
    this.#treat = treat;
    this.struck = 0;
  }

  mend(): void {
    this.#treat = WELL;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
    this.#agent.destroy();
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    asked.on('error', () => undefined);
    answer.on('error', () => undefined);
    const manners = this.#treat(asked.method ?? '');
    if (manners !== FORWARD) this.struck += 1;
    switch (manners.do) {
      case 'forward':
        if (manners.afterMs > 0) await setTimeout(manners.afterMs);
        this.#forward(asked, answer);
        return;
      case 'refuse':
        asked.resume();
        await once(asked, 'end').catch(() => undefined);
        answer.writeHead(manners.status).end();
        return;
      case 'break':
        this.#forward(asked, answer, true);
        return;
      case 'pretend':
        asked.resume();
        await once(asked, 'end').catch(() => undefined);
        answer.writeHead(200, { etag: '"d41d8cd98f00b204e9800998ecf8427e"' }).end();
        return;
      case 'halve':
        await this.#halve(asked, answer, manners.keep);
    }
  }

  async #halve(asked: IncomingMessage, answer: ServerResponse, keep: KeepObject): Promise<void> {
    const { pathname } = new URL(asked.url ?? '/', 'http://bucket');
    const metadata = Object.entries(asked.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
    try {
      const whole = await buffer(asked);
      const half = whole.subarray(0, Math.floor(whole.length / 2));
      const { etag } = await keep(
        decodeURIComponent(pathname),
        half,
        Object.fromEntries(metadata) as Record<string, string>,
      );
      answer.writeHead(200, { etag: `"${etag}"` }).end();
    } catch {
      answer.socket?.resetAndDestroy();
    }
  }

  #forward(asked: IncomingMessage, answer: ServerResponse, breaks = false): void {
    const { method, url, headers } = asked;
    const far = request({ agent: this.#agent, host: '127.0.0.1', port: this.target, method, path: url, headers });
    far.on('error', () => answer.socket?.resetAndDestroy());
    far.on('response', (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      if (breaks) {
        answer.flushHeaders();
        given.resume().once('end', () => answer.socket?.resetAndDestroy());
        return;
      }
      given.pipe(answer);
      given.on('error', () => answer.socket?.resetAndDestroy());
    });
    answer.once('close', () => far.destroy());
    asked.pipe(far);
  }
}
