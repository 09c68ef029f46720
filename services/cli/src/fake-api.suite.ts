import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { run } from './program.js';
import type { Surroundings } from './surroundings.js';

export interface SeenRequest {
  readonly route: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

export type FakeAnswer = object | ((seen: SeenRequest) => object) | { readonly status: number; readonly body: object };

/** Keeps what is written to it. */
class Paper extends Writable {
  text = '';

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += piece.toString();
    done();
  }
}

/** An API that answers what a test says, and the command run against it without a terminal. */
export class FakeApi {
  readonly seen: SeenRequest[] = [];
  #answers = new Map<string, FakeAnswer | string>();

  private constructor(
    private readonly server: Server,
    /** The home of the user who runs the command. */
    readonly home: string,
  ) {}

  static async start(): Promise<FakeApi> {
    const server = createServer();
    const api = new FakeApi(server, await mkdtemp(join(tmpdir(), 'hf-cli-')));
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        const route = `${request.method} ${decodeURIComponent(request.url ?? '').replace('/api/v1/', '')}`;
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        const seen = { route, key: request.headers.authorization, body };
        api.seen.push(seen);
        const { status, type, answer } = api.#answer(seen);
        response.writeHead(status, { 'content-type': type }).end(answer);
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What routes answer, by method and path below /api/v1; a text is sent as it is. Replaces what was said before. */
  answers(answers: Readonly<Record<string, FakeAnswer | string>>): void {
    this.#answers = new Map(Object.entries(answers));
    this.seen.length = 0;
  }

  /** The body of the last request of a route. */
  sent(route: string): unknown {
    return this.seen.findLast((seen) => seen.route === route)?.body;
  }

  /** Runs the command; answers its exit code and what it printed. */
  async run(
    line: readonly string[],
    {
      env = {},
      input = '',
      around = {},
    }: { env?: Record<string, string>; input?: string; around?: Partial<Surroundings> } = {},
  ) {
    const stdin = new PassThrough();
    stdin.end(input);
    const [stdout, stderr] = [new Paper(), new Paper()];
    const code = await run(line, {
      stdin,
      stdout,
      stderr,
      env: { HOLDFAST_URL: this.url, HOLDFAST_API_KEY: 'key', ...env },
      home: this.home,
      now: () => Date.UTC(2025, 0, 1),
      sleep: async () => undefined,
      beforeSignals: () => () => undefined,
      ...around,
    });
    return { code, out: stdout.text, err: stderr.text };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await rm(this.home, { recursive: true, force: true });
  }

  #answer(seen: SeenRequest) {
    const known = this.#answers.get(seen.route);
    if (known === undefined) return json(404, errorOf('NOT_FOUND', `The test knows no ${seen.route}.`));
    const value = typeof known === 'function' ? (known as (seen: SeenRequest) => object | string)(seen) : known;
    if (typeof value === 'string') return { status: 200, type: 'text/event-stream', answer: value };
    if ('status' in value && 'body' in value) return json(Number(value.status), value.body as object);
    return json(200, value);
  }
}

/** A body as the API words failures. */
export function errorOf(code: string, message: string, problems: readonly object[] = []) {
  return { error: { code, message, problems, requestId: 'r-1' } };
}

function json(status: number, body: object) {
  return { status, type: 'application/json', answer: JSON.stringify(body) };
}
