import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, missingNats, MovableClock, startTestNats, type TestNats } from '@holdfast/testkit';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../config/secret.js';
import { DevelopmentCa } from '../grpc/dev-ca.js';
import { SilentLogger } from '../logging/logger.js';
import { Certificates, type CertificateFiles, type TlsFiles } from '../tls/certificates.js';
import { rung, until } from './bus.suite.js';
import { NatsEventBus } from './nats-event-bus.js';

const DAY_MS = 86_400_000;
const clock = new SystemClock();
const logger = new SilentLogger();
const message = (n: number) => ({ tenantId: 'a', lane: 'slow', n });

describeWithServer('NATS over TLS', missingNats(), () => {
  let folder: string;
  let ca: DevelopmentCa;
  /** Ended a month ago. */
  let ended: { readonly service: CertificateFiles; readonly server: CertificateFiles };
  let server: TestNats;
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hf-nats-tls-'));
    const past = new MovableClock(clock.now() - 120 * DAY_MS);
    ca = await DevelopmentCa.create(past);
    ended = { service: await ca.issue('scheduler'), server: await ca.issueFor('localhost') };
    await past.advance(120 * DAY_MS);
    closers.push(() => rm(folder, { recursive: true, force: true }));
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** What the server reads when it starts. */
  async function give({ ca: trusted, certificate, privateKey }: CertificateFiles): Promise<void> {
    await writeFile(join(folder, 'ca.pem'), trusted);
    await writeFile(join(folder, 'server.pem'), certificate);
    await writeFile(join(folder, 'server.key'), privateKey.reveal());
  }
  async function start(files: CertificateFiles): Promise<void> {
    await give(files);
    const at = (name: string) => JSON.stringify(join(folder, name));
    const tls = `tls { cert_file: ${at('server.pem')}, key_file: ${at('server.key')}, ca_file: ${at('ca.pem')}, verify: true }`;
    server = await startTestNats(async () => tls);
    closers.push(() => server.stop());
  }
  async function connect(tls: Certificates<TlsFiles> | undefined): Promise<NatsEventBus> {
    const url = new Secret(`nats://localhost:${new URL(server.url).port}`);
    const bus = await NatsEventBus.connect({ url, name: 'scheduler', clock, logger, tls, lookAgainMs: 200 });
    closers.push(() => bus.close().catch(() => undefined));
    return bus;
  }
  const refusal = (files: TlsFiles) =>
    connect(new Certificates(files)).then(
      () => 'it was let in',
      (error: unknown) => (error as Error).message,
    );

  it('carries messages with a certificate on both sides', async () => {
    await start(await ca.issueFor('localhost'));
    const bus = await connect(new Certificates(await ca.issue('scheduler')));
    const got: number[] = [];
    await bus.consume(rung, { durable: 'worker', concurrency: 1 }, async ({ n }) => void got.push(n));
    await bus.publish(rung, message(1));
    await until(() => got.length === 1);
  });

  it('refuses a server that is foreign, has ended, or bears another name, and says what to do', async () => {
    const own = await ca.issue('scheduler');
    const other = await DevelopmentCa.create(clock);
    await start({ ...(await other.issueFor('localhost')), ca: ca.pem });
    expect(await refusal(own)).toMatch(/NATS cannot be reached safely. .*not among ours. Add that authority/);
    await give(ended.server);
    await server.restart();
    expect(await refusal(own)).toMatch(/certificate has ended. Have its authority issue a new one/);
    await give(await ca.issueFor('nats.example'));
    await server.restart();
    expect(await refusal(own)).toMatch(/names another server.* Correct the address/);
  });

  it('is refused with a foreign certificate, one that has ended, and none, and is told what to do', async () => {
    await start(await ca.issueFor('localhost'));
    const other = await DevelopmentCa.create(clock);
    const foreign = { ...(await other.issue('scheduler')), ca: ca.pem };
    const refusals = await Promise.all([foreign, ended.service, { ca: ca.pem }].map(refusal));
    const told = /hung up or did not answer.* see whether our certificate has ended or is of an authority/;
    expect(refusals).toEqual([told, told, told].map((words) => expect.stringMatching(words)));
  }, 20_000);

  it('refuses to speak in plain where TLS is asked for', async () => {
    server = await startTestNats();
    closers.push(() => server.stop());
    expect(await refusal(await ca.issue('scheduler'))).toMatch(/answers without TLS where TLS is asked for/);
  });

  it('connects again with certificates that were replaced, of another authority too, and loses no message', async () => {
    await start(await ca.issueFor('localhost'));
    const certificates = new Certificates(await ca.issue('scheduler'));
    const bus = await connect(certificates);
    const got = new Set<number>();
    await bus.consume(rung, { durable: 'worker', concurrency: 2 }, async ({ n }) => void got.add(n));
    let sent = 0;
    const sending = new AbortController();
    const running = (async () => {
      while (!sending.signal.aborted) {
        sent += 1;
        const publish = async (): Promise<void> =>
          bus.publish(rung, message(sent), { id: String(sent) }).catch(() => clock.sleep(20).then(publish));
        await publish();
      }
    })();
    await until(() => got.size > 20);
    const next = await DevelopmentCa.create(clock);
    const both = `${ca.pem}\n${next.pem}`;
    const steps: readonly [CertificateFiles, CertificateFiles][] = [
      [await ca.issueFor('localhost'), await ca.issue('scheduler')],
      [
        { ...(await ca.issueFor('localhost')), ca: both },
        { ...(await next.issue('scheduler')), ca: both },
      ],
      [await next.issueFor('localhost'), await next.issue('scheduler')],
    ];
    for (const [theirs, ours] of steps) {
      certificates.replace(ours);
      await give(theirs);
      await server.restart();
      const enough = got.size + 20;
      while (got.size < enough) await clock.sleep(20);
    }
    sending.abort();
    await running;
    while (got.size < sent) await clock.sleep(20);
    expect(await refusal(await ca.issue('scheduler'))).toMatch(/certificate/);
  }, 60_000);
});
