import { parseTenantId, SystemClock, type TenantId } from '@holdfast/kernel';
import {
  Certificates,
  DevelopmentCa,
  NatsEventBus,
  natsAuthorization,
  Secret,
  type ServiceName,
  SilentLogger,
} from '@holdfast/platform';
import { startTestNats, type TestNats } from '@holdfast/testkit';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const OURS = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
export const THEIRS = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');

const clock = new SystemClock();
const FLUSHED_MS = 50;

/** A NATS server with the permissions that services get, and connections of any of them. */
export class BusWorld {
  readonly #closers: (() => Promise<void>)[] = [];

  private constructor(
    private readonly server: TestNats,
    private readonly ca: DevelopmentCa,
    private readonly folder: string,
  ) {}

  static async start(): Promise<BusWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'hf-bus-'));
    const ca = await DevelopmentCa.create(clock);
    const { certificate, privateKey } = await ca.issueFor('localhost');
    const files = { 'ca.pem': ca.pem, 'server.pem': certificate, 'server.key': privateKey.reveal() };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const at = (name: string) => JSON.stringify(join(folder, name));
    const tls = `tls { cert_file: ${at('server.pem')}, key_file: ${at('server.key')}, ca_file: ${at('ca.pem')}, verify_and_map: true }`;
    const server = await startTestNats(async () => `${tls}\n${natsAuthorization([OURS, THEIRS])}`);
    return new BusWorld(server, ca, folder);
  }

  get #url(): string {
    return `localhost:${new URL(this.server.url).port}`;
  }

  /** The bus as a service opens it. */
  async busOf(service: ServiceName, tenant?: TenantId): Promise<NatsEventBus> {
    const bus = await NatsEventBus.connect({
      url: new Secret(`nats://${this.#url}`),
      tls: new Certificates(await this.ca.issue(service, tenant)),
      name: service,
      tenant,
      clock,
      logger: new SilentLogger(),
      lookAgainMs: 200,
    });
    this.#closers.push(() => bus.close().catch(() => undefined));
    return bus;
  }

  /** A bare connection with a service's certificate: what somebody who took the service over has. */
  async connectionOf(service: ServiceName, tenant?: TenantId): Promise<NatsConnection> {
    const { ca, certificate, privateKey } = await this.ca.issue(service, tenant);
    const connection = await connect({
      servers: this.#url,
      tls: { ca, cert: certificate, key: privateKey.reveal() },
      reconnect: false,
      timeout: 3_000,
    });
    this.#closers.push(() => connection.close());
    return connection;
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Tries what the server answers by a message of its own when it does not allow it; answers the subjects that were refused. */
export class Attempts {
  readonly #refused = new Set<string>();

  constructor(private readonly connection: NatsConnection) {
    void this.#listen();
  }

  async publish(subjects: readonly string[], reply?: string): Promise<readonly string[]> {
    for (const subject of subjects) this.connection.publish(subject, '{}', reply === undefined ? {} : { reply });
    return this.#refusals(subjects);
  }

  async subscribe(subjects: readonly string[]): Promise<readonly string[]> {
    const subscriptions = subjects.map((subject) => this.connection.subscribe(subject, { callback: () => undefined }));
    const refused = await this.#refusals(subjects);
    for (const subscription of subscriptions) subscription.unsubscribe();
    return refused;
  }

  async #refusals(subjects: readonly string[]): Promise<readonly string[]> {
    await this.connection.flush();
    await clock.sleep(FLUSHED_MS);
    return subjects.filter((subject) => this.#refused.has(subject));
  }

  async #listen(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type !== 'error') continue;
      const { subject } = status.error as { readonly subject?: string };
      if (subject !== undefined) this.#refused.add(subject);
    }
  }
}
