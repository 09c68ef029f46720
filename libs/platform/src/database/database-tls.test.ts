import { parseTenantId, SystemClock } from '@holdfast/kernel';
import { MovableClock, startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Secret } from '../config/secret.js';
import { DevelopmentCa } from '../grpc/dev-ca.js';
import { SilentLogger } from '../logging/logger.js';
import { Certificates, type CertificateFiles, type TlsFiles } from '../tls/certificates.js';
import { Database } from './database.js';
import { translateDatabaseError } from './database-errors.js';
import { listenTo } from './listen.js';
import { prepareDatabase } from './prepare-database.js';
import { serviceUrls } from './service-urls.js';

const DAY_MS = 86_400_000;
const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const clock = new SystemClock();
const logger = new SilentLogger();
/** Roles sign in by certificate alone: the service's name in it stands for its two roles. */
const RULES = 'hostssl all all 127.0.0.1/32 cert map=holdfast clientcert=verify-full';
const NAMES = ['holdfast auth holdfast_auth', 'holdfast auth holdfast_auth_sweeper'].join('\n');

let server: TestPostgres;
let adminUrl: Secret;
let ca: DevelopmentCa;
let ended: { readonly service: CertificateFiles; readonly server: CertificateFiles };
beforeAll(async () => {
  const past = new MovableClock(clock.now() - 120 * DAY_MS);
  ca = await DevelopmentCa.create(past);
  ended = { service: await ca.issue('auth'), server: await ca.issueFor('localhost') };
  await past.advance(120 * DAY_MS);
  server = await startTestPostgres();
  adminUrl = new Secret((await server.createDatabase()).replace('127.0.0.1', 'localhost'));
  await give(await ca.issueFor('localhost'));
  const tls = new Certificates<TlsFiles>(await ca.issue('auth'));
  const migrations = [{ name: '0001', up: 'create table notes (text text)' }];
  await prepareDatabase({ adminUrl, ...urls(), tls, schema: 'auth', migrations });
}, 30_000);
afterAll(() => server.stop());

const opened: Database<object>[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

const urls = () => serviceUrls(adminUrl, 'auth', new Secret('unused'));

async function give({ ca: trusted, certificate, privateKey }: CertificateFiles): Promise<void> {
  await server.useTls({ ca: trusted, certificate, privateKey: privateKey.reveal(), rules: RULES, names: NAMES });
}

async function open(tls: Certificates<TlsFiles> | undefined): Promise<Database<object>> {
  const database = await Database.open<object>({
    ...urls(),
    tls,
    schema: 'auth',
    sweeps: [],
    logger,
    maxConnections: 3,
  });
  opened.push(database);
  return database;
}

const refusal = (files: TlsFiles | undefined) =>
  open(files && new Certificates(files)).then(
    () => 'it was let in',
    (error: unknown) => (error as Error).message,
  );

/** The serial number of the certificate that a connection showed, and the server's process for it. */
async function shown(database: Database<object>) {
  return database.inTenant(tenant, async (tx) => {
    const asked = sql<{ serial: string; pid: number }>`
      select client_serial::text as serial, pid from pg_stat_ssl where pid = pg_backend_pid()`;
    return (await asked.execute(tx)).rows[0];
  });
}

describe('PostgreSQL over TLS, clients known by their certificate', () => {
  it('lets the service in, and notifications too', async () => {
    const tls = new Certificates<TlsFiles>(await ca.issue('auth'));
    expect((await shown(await open(tls)))?.serial).toMatch(/^\d+$/);
    const heard = Promise.withResolvers<undefined>();
    const address = { url: urls().url, tls };
    const listener = listenTo({ address, channel: 'bell', clock, logger }, () => heard.resolve(undefined));
    await heard.promise;
    await listener.close();
  });

  it('refuses a server that is foreign, has ended, or bears another name, and says what to do', async () => {
    const own = await ca.issue('auth');
    const other = await DevelopmentCa.create(clock);
    try {
      await give({ ...(await other.issueFor('localhost')), ca: ca.pem });
      expect(await refusal(own)).toMatch(/database cannot be reached safely. .*not among ours. Add that authority/);
      await give(ended.server);
      expect(await refusal(own)).toMatch(/certificate has ended. Have its authority issue a new one/);
      await give(await ca.issueFor('db.example'));
      expect(await refusal(own)).toMatch(/names another server.* Correct the address/);
    } finally {
      await give(await ca.issueFor('localhost'));
    }
  });

  it('is refused with a foreign certificate, one that has ended, another service’s and none, and is told what to do', async () => {
    const other = await DevelopmentCa.create(clock);
    const foreign = { ...(await other.issue('auth')), ca: ca.pem };
    const told = /refused our certificate.*(Show one that it asks for|Put a new one)/;
    for (const files of [foreign, ended.service, await ca.issue('storage'), { ca: ca.pem }])
      expect(await refusal(files)).toMatch(told);
    // In plain the server has no rule for the role.
    expect(await refusal(undefined)).toMatch(/did not let our role in. Compare user, password and certificate/);
  });

  it('keeps connections, and opens new ones with certificates that were replaced, of another authority too', async () => {
    const tls = new Certificates<TlsFiles>(await ca.issue('auth'));
    const database = await open(tls);
    const first = await shown(database);
    const ended = new AbortController();
    const failures: unknown[] = [];
    const load = [1, 2].map(async () => {
      while (!ended.signal.aborted) await shown(database).catch((error: unknown) => failures.push(error));
    });
    const next = await DevelopmentCa.create(clock);
    const both = `${ca.pem}\n${next.pem}`;
    try {
      await give({ ...(await ca.issueFor('localhost')), ca: both });
      tls.replace({ ...(await next.issue('auth')), ca: both });
      await give({ ...(await next.issueFor('localhost')), ca: next.pem });
      tls.replace(await next.issue('auth'));
      // Two connections are under load: a third one is new.
      const held = Promise.withResolvers<undefined>();
      const holding = database.inTenant(tenant, async () => held.promise);
      const serials = new Set<string | undefined>();
      const another = await open(tls);
      serials.add((await shown(another))?.serial);
      held.resolve(undefined);
      await holding;
      expect(serials).not.toContain(first?.serial);
      ended.abort();
      await Promise.all(load);
      expect(failures).toEqual([]);
      expect(await refusal({ ...(await ca.issue('auth')), ca: both })).toMatch(/refused our certificate/);
    } finally {
      ended.abort();
      await Promise.all(load);
      await give(await ca.issueFor('localhost'));
    }
  }, 30_000);

  it('tells a role that is not let in from a server that is away', () => {
    const wrong = translateDatabaseError(Object.assign(new Error('password authentication failed'), { code: '28P01' }));
    expect(wrong).toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringMatching(/did not let our role in/),
    });
  });
});
