import { type AppError, isAppError, parseTenantId } from '@holdfast/kernel';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { Wire } from '@holdfast/testkit/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Secret } from '../config/secret.js';
import { SilentLogger } from '../logging/logger.js';
import { Database } from './database.js';
import { isUniqueViolation } from './database-errors.js';
import { prepareDatabase, type ServiceUrls } from './prepare-database.js';
import { serviceUrls } from './service-urls.js';
import { enableTenantRls } from './tenant-rls.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');

interface Tables {
  note: { tenant_id: string; id: number; size: number };
  private_note: { tenant_id: string; id: number };
}

const schema = 'notes';
const migrations = [
  {
    name: '0001-notes',
    up: `create table note (tenant_id uuid not null, id int not null, size bigint not null, primary key (tenant_id, id));
         create table private_note (tenant_id uuid not null, id int not null);
         ${enableTenantRls(schema, 'note', { isSwept: true })}
         ${enableTenantRls(schema, 'private_note')}`,
  },
];

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());

async function prepared() {
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, schema, new Secret('p@ss/word'));
  await prepareDatabase({ adminUrl, ...urls, schema, migrations });
  return { adminUrl, ...urls };
}

async function opened() {
  return open(await prepared());
}

function open(urls: ServiceUrls, limits: { readonly statementMs?: number; readonly maxConnections?: number } = {}) {
  const logger = new SilentLogger();
  return Database.open<Tables, 'count-notes'>({ ...urls, ...limits, schema, sweeps: ['count-notes'], logger });
}

describe('Database', () => {
  it('shows a tenant its own rows only, and lets it write no others', async () => {
    const database = await opened();
    await database.inTenant(ours, (tx) => tx.insertInto('note').values({ tenant_id: ours, id: 1, size: 5 }).execute());
    expect(await database.inTenant(ours, (tx) => tx.selectFrom('note').selectAll().execute())).toHaveLength(1);
    expect(await database.inTenant(theirs, (tx) => tx.selectFrom('note').selectAll().execute())).toEqual([]);
    await expect(
      database.inTenant(theirs, (tx) => tx.insertInto('note').values({ tenant_id: ours, id: 2, size: 5 }).execute()),
    ).rejects.toThrow(/row-level security/);
    const stolen = await database.inTenant(theirs, (tx) => tx.updateTable('note').set({ size: 9 }).executeTakeFirst());
    expect(stolen.numUpdatedRows).toBe(0n);
    await database.close();
  });

  it('shows no rows where no tenant is set, on a connection that had one before', async () => {
    const database = await opened();
    await database.inTenant(ours, (tx) => tx.insertInto('private_note').values({ tenant_id: ours, id: 1 }).execute());
    const seen = await database.acrossTenants('count-notes', (tx) =>
      tx.selectFrom('private_note').selectAll().execute(),
    );
    expect(seen).toEqual([]);
    await database.ping();
    await database.close();
  });

  it('lets a listed sweep see the swept tables of all tenants, and no other sweep run', async () => {
    const database = await opened();
    for (const tenant of [ours, theirs])
      await database.inTenant(tenant, (tx) =>
        tx.insertInto('note').values({ tenant_id: tenant, id: 1, size: 2 }).execute(),
      );
    const rows = await database.acrossTenants('count-notes', (tx) => tx.selectFrom('note').selectAll().execute());
    expect(rows).toHaveLength(2);
    expect(() => database.acrossTenants('look-around' as 'count-notes', async () => undefined)).toThrow(/not in this/);
    await database.close();
  });

  it('undoes all of a transaction that throws, and says which key was taken', async () => {
    const database = await opened();
    const insert = { tenant_id: ours, id: 1, size: 5 };
    const error = await database
      .inTenant(ours, async (tx) => {
        await tx.insertInto('note').values(insert).execute();
        await tx.insertInto('note').values(insert).execute();
      })
      .catch((thrown: unknown) => thrown);
    expect(isUniqueViolation(error, 'note_pkey')).toBe(true);
    expect(await database.inTenant(ours, (tx) => tx.selectFrom('note').selectAll().execute())).toEqual([]);
    await database.close();
  });

  it('reads a bigint as a number', async () => {
    const database = await opened();
    const size = 2 ** 52;
    await database.inTenant(ours, (tx) => tx.insertInto('note').values({ tenant_id: ours, id: 1, size }).execute());
    expect(await database.inTenant(ours, (tx) => tx.selectFrom('note').select('size').execute())).toEqual([{ size }]);
    await database.close();
  });

  it('refuses to work as a superuser, whom row-level security does not bind', async () => {
    const { adminUrl, sweepUrl } = await prepared();
    const opening = Database.open({ url: adminUrl, sweepUrl, schema, sweeps: [], logger: new SilentLogger() });
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('says that the database is away, as something to try again', async () => {
    const urls = serviceUrls(new Secret('postgres://x:y@127.0.0.1:1/z'), schema, new Secret('p'));
    const opening = Database.open({ ...urls, schema, sweeps: [], logger: new SilentLogger() });
    await expect(opening).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retry: 'later' });
  });
});

describe('prepareDatabase', () => {
  it('applies each step once, also when many do it at once', async () => {
    const adminUrl = new Secret(await server.createDatabase());
    const options = { adminUrl, ...serviceUrls(adminUrl, schema, new Secret('p')), schema, migrations };
    const applied = await Promise.all([1, 2, 3].map(() => prepareDatabase(options)));
    expect(applied.flat()).toEqual(['0001-notes']);
    const later = [...migrations, { name: '0002-more', up: 'alter table note add column colour text' }];
    expect(await prepareDatabase({ ...options, migrations: later })).toEqual(['0002-more']);
    expect(await prepareDatabase({ ...options, migrations: later })).toEqual([]);
  });

  it('applies nothing of a history whose last step fails', async () => {
    const adminUrl = new Secret(await server.createDatabase());
    const options = { adminUrl, ...serviceUrls(adminUrl, schema, new Secret('p')), schema };
    const broken = [...migrations, { name: '0002-broken', up: 'create nonsense' }];
    await expect(prepareDatabase({ ...options, migrations: broken })).rejects.toThrow(/syntax/);
    expect(await prepareDatabase({ ...options, migrations })).toEqual(['0001-notes']);
  });

  it('refuses a history that was edited after it was applied', async () => {
    const { adminUrl, ...urls } = await prepared();
    const edited = [{ name: '0001-notes', up: 'select 1' }];
    const again = prepareDatabase({ adminUrl, ...urls, schema, migrations: edited });
    const error = await again.catch((thrown: unknown) => thrown);
    expect(isAppError(error, 'FAILED_PRECONDITION')).toBe(true);
    expect((error as AppError).details.context).toEqual({ schema, step: '0001-notes' });
  });

  it('leaves the service unable to change the schema', async () => {
    const { url } = await prepared();
    const client = new pg.Client({ connectionString: url.reveal() });
    await client.connect();
    await expect(client.query(`alter table ${schema}.note disable row level security`)).rejects.toThrow(
      /must be owner/,
    );
    await expect(client.query(`create table ${schema}.mine (n int)`)).rejects.toThrow(/permission denied/);
    await client.end();
  });
});

describe('a database that does not answer', () => {
  const addNote = (database: Awaited<ReturnType<typeof open>>, id: number) =>
    database.inTenant(ours, (tx) => tx.insertInto('note').values({ tenant_id: ours, id, size: 5 }).execute());

  it('is given up for now when a statement waits for too long', async () => {
    const { adminUrl, ...urls } = await prepared();
    const database = await open(urls, { statementMs: 200 });
    const other = new pg.Client({ connectionString: adminUrl.reveal() });
    await other.connect();
    await other.query(`begin; lock table ${schema}.note in access exclusive mode`);
    await expect(addNote(database, 1)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await other.query('rollback');
    await addNote(database, 1);
    await other.end();
    await database.close();
  });

  it('leaves a connection as it was after a transaction whose first statement fails, and after one without any', async () => {
    const database = await open(await prepared(), { maxConnections: 1 });
    const note = { tenant_id: ours, id: 1, size: 5 };
    await database.inTenant(ours, (tx) => tx.insertInto('note').values(note).execute());
    const again = database.inTenant(ours, (tx) => tx.insertInto('note').values(note).execute());
    await expect(again).rejects.toMatchObject({ code: '23505' });
    await expect(database.inTenant(ours, async () => 'nothing done')).resolves.toBe('nothing done');
    await expect(database.inTenant(ours, () => Promise.reject(new Error('not yet begun')))).rejects.toThrow('not yet');
    const seenBy = (tenant: typeof ours) =>
      database.inTenant(tenant, (tx) => tx.selectFrom('note').select('id').execute());
    expect([await seenBy(theirs), await seenBy(ours)]).toEqual([[], [{ id: 1 }]]);
    await database.close();
  });

  it('takes the locks of a transaction that stands still', async () => {
    const { adminUrl: _, ...urls } = await prepared();
    const [stuck, other] = await Promise.all([open(urls, { statementMs: 200 }), open(urls)]);
    await addNote(other, 1);
    const standing = stuck.inTenant(ours, async (tx) => {
      await tx.updateTable('note').set({ size: 6 }).execute();
      await addNote(other, 2);
      await other.inTenant(ours, (late) => late.updateTable('note').set({ size: 7 }).execute());
      await tx.updateTable('note').set({ size: 8 }).execute();
    });
    await expect(standing).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const notes = await other.inTenant(ours, (tx) => tx.selectFrom('note').select('size').execute());
    expect(notes.map(({ size }) => size)).toEqual([7, 7]);
    await Promise.all([stuck.close(), other.close()]);
  });

  it('is not used again through a connection whose other end is gone without a word', async () => {
    const { adminUrl: _, ...urls } = await prepared();
    const wire = await Wire.to(Number(new URL(urls.url.reveal()).port));
    const through = (url: Secret) => {
      const moved = new URL(url.reveal());
      moved.port = String(wire.port);
      return new Secret(moved.href);
    };
    const database = await open(
      { url: through(urls.url), sweepUrl: through(urls.sweepUrl) },
      { statementMs: 200, maxConnections: 1 },
    );
    await addNote(database, 1);
    wire.strand();
    await expect(addNote(database, 2)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await addNote(database, 2);
    await database.close();
    wire.close();
  }, 20_000);

  it('ends a transaction, and no process, when the connection breaks between two statements', async () => {
    const { adminUrl, ...urls } = await prepared();
    const database = await open(urls);
    const admin = new pg.Client({ connectionString: adminUrl.reveal() });
    await admin.connect();
    const broken = database.inTenant(ours, async (tx) => {
      await tx.selectFrom('note').selectAll().execute();
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast ${schema}'`,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      await tx.selectFrom('note').selectAll().execute();
    });
    await expect(broken).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await addNote(database, 1);
    await admin.end();
    await database.close();
  });
});
