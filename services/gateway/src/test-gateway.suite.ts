import type { ErrorBody } from '@holdfast/contracts/api';
import { SystemClock } from '@holdfast/kernel';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { ProcessSecret, Secret, serviceUrls, type RunningService } from '@holdfast/platform';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiControllers } from './adapters/http/controllers.js';
import { API_PREFIX, routesOf, type RouteSpec } from './adapters/http/route.js';
import { startFakeServices, type FakeServices } from './fake-services.suite.js';
import { startGateway } from './start.js';

export const BOOTSTRAP = 'bootstrap-key-of-the-tests';

/** The machine's clock, moved on by as much as a test says: gRPC's deadlines need one that runs. */
class ShiftedClock extends SystemClock {
  #shiftMs = 0;

  override now(): number {
    return super.now() + this.#shiftMs;
  }

  shift(ms: number): void {
    this.#shiftMs += ms;
  }
}

/** What tests look at in answers; which of it is there depends on the route, whose schema the client has checked. */
interface Shown extends ErrorBody {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly nextPageToken?: string;
  readonly token: string;
  readonly apiKey: { readonly keyId: string };
  readonly keyText?: string;
  readonly steps: readonly object[];
  readonly exportId: string;
  readonly downloadPath: string;
  readonly ok: boolean;
  readonly checkpoint?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Shown;
}

export interface CallOptions {
  /** The bootstrap key when absent; `null` sends none. */
  readonly key?: string | null;
  readonly body?: unknown;
}

/** A gateway with a real PostgreSQL behind it and fake services, and a client that checks what it answers. */
export class TestGateway {
  private constructor(
    private readonly folder: string,
    private readonly postgres: TestPostgres,
    readonly databaseUrl: string,
    readonly clock: ShiftedClock,
    readonly fakes: FakeServices,
    private readonly files: Server,
    private readonly gateway: RunningService,
  ) {}

  /** `serveExports` stands for restore's HTTP server. */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    serveExports: RequestListener = (_, response) => void response.writeHead(404).end(),
  ): Promise<TestGateway> {
    const folder = await mkdtemp(join(tmpdir(), 'hf-gw-'));
    const postgres = await startTestPostgres();
    const databaseUrl = await postgres.createDatabase();
    const urls = serviceUrls(new Secret(databaseUrl), 'gateway', new Secret('test'));
    const secret = new ProcessSecret(randomBytes);
    const fakes = await startFakeServices(folder, secret);
    const files = createServer(serveExports);
    await new Promise<void>((listening) => files.listen(0, '127.0.0.1', listening));
    const clock = new ShiftedClock();
    const gateway = await startGateway(
      {
        LOG_LEVEL: 'silent',
        HTTP_LISTEN: '127.0.0.1:0',
        STOP_WITHIN: '1s',
        DATABASE_ADMIN_URL: databaseUrl,
        DATABASE_URL: urls.url.reveal(),
        DATABASE_SWEEP_URL: urls.sweepUrl.reveal(),
        AUTH_ADDRESS: fakes.addresses.auth,
        SCHEDULER_ADDRESS: fakes.addresses.scheduler,
        STORAGE_ADDRESS: fakes.addresses.storage,
        RESTORE_ADDRESS: fakes.addresses.restore,
        REPORTING_ADDRESS: fakes.addresses.reporting,
        RESTORE_HTTP_URL: `http://127.0.0.1:${(files.address() as AddressInfo).port}`,
        BOOTSTRAP_API_KEY: BOOTSTRAP,
        AUDIT_KEY: generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
        REQUESTS_PER_MINUTE: '1000000',
        ...settings,
      },
      { secret, clock },
    );
    return new TestGateway(folder, postgres, databaseUrl, clock, fakes, files, gateway);
  }

  get url(): string {
    return `${this.gateway.httpUrl}/${API_PREFIX}`;
  }

  async call(method: string, path: string, { key = BOOTSTRAP, body }: CallOptions = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Shown;
    if (response.ok) routeFor(method, response.url.slice(this.url.length + 1))?.response?.parse(json);
    return { status: response.status, headers: response.headers, body: json };
  }

  /** Makes a key and answers its text. */
  async makeKey(path: string, role: string, more: object = {}): Promise<string> {
    const { status, body } = await this.call('POST', path, { body: { displayName: role, role, ...more } });
    if (status !== 201) throw new Error(`no key was made: ${JSON.stringify(body)}`);
    return body.token;
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.fakes.close();
    this.files.closeAllConnections();
    this.files.close();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const routes = routesOf(apiControllers);

/** By the path that was sent: dots in it are resolved on the way. */
function routeFor(method: string, path: string): RouteSpec | undefined {
  const [bare = ''] = path.split(/\/?(?:\?|$)/);
  return routes.find(
    (route) => route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(bare),
  );
}
