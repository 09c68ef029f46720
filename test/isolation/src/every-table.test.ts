import { prepareDatabase, Secret, serviceUrls, type Migration } from '@holdfast/platform';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';

const root = resolve(import.meta.dirname, '../../..');
const ours = 'aaaaaaaa-0000-4000-8000-000000000000';
const theirs = 'bbbbbbbb-0000-4000-8000-000000000000';

/** In each schema: the names of the steps that made it. */
const STEPS = 'migration';
/** Rows of each tenant in a table that has parts: enough for each part to get some. */
const ROWS_OF_PARTED = 400;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly length: number | null;
}

/** A table as the catalogue tells of it. */
interface Table {
  readonly schema: string;
  readonly name: string;
  readonly isForced: boolean;
  readonly hasTenant: boolean;
  /** It has parts, or is one. */
  readonly kind: 'plain' | 'parted' | 'part';
  readonly policies: readonly string[];
}

let server: TestPostgres;
let admin: pg.Client;
let adminUrl: Secret;
let tables: readonly Table[];
const schemas = globSync('services/*/src/adapters/postgres/migrations.ts', { cwd: root }).map(
  (path) => path.split('/')[1] ?? '',
);

beforeAll(async () => {
  server = await startTestPostgres();
  adminUrl = new Secret(await server.createDatabase());
  for (const schema of schemas) {
    const path = resolve(root, 'services', schema, 'src/adapters/postgres/migrations.ts');
    const { migrations } = (await import(path)) as { readonly migrations: readonly Migration[] };
    await prepareDatabase({ adminUrl, ...urlsOf(schema), schema, migrations });
  }
  admin = new pg.Client({ connectionString: adminUrl.reveal() });
  await admin.connect();
  tables = await readCatalogue();
}, 120_000);
afterAll(async () => {
  await admin.end();
  await server.stop();
});

const urlsOf = (schema: string) => serviceUrls(adminUrl, schema, new Secret('test'));
const nameOf = ({ schema, name }: Table) => `${schema}.${name}`;

async function readCatalogue(): Promise<readonly Table[]> {
  const { rows } = await admin.query<Table>(
    `select n.nspname as schema, c.relname as name, c.relrowsecurity and c.relforcerowsecurity as "isForced",
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull) as "hasTenant",
       case when c.relispartition then 'part' when c.relkind = 'p' then 'parted' else 'plain' end as kind,
       array(select p.polname || ': ' || pg_get_expr(p.polqual, p.polrelid) || ' / ' || pg_get_expr(p.polwithcheck, p.polrelid)
         || ' to ' || (select string_agg(coalesce(r.rolname, 'all'), ',') from unnest(p.polroles) o left join pg_roles r on r.oid = o)
         from pg_policy p where p.polrelid = c.oid order by 1) as policies
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname = any($1) and c.relname <> $2 order by 1, 2`,
    [schemas, STEPS],
  );
  return rows;
}

/** A value that a column of this type takes; checks are dropped before, and foreign keys are not looked at. */
function valueFor({ name, type, length }: Column, tenant: string): unknown {
  if (name === 'tenant_id') return tenant;
  if (type.endsWith('[]')) return '{}';
  switch (type) {
    case 'uuid':
      return randomUUID();
    case 'bytea':
      return Buffer.from(randomUUID());
    case 'jsonb':
    case 'json':
      return '{}';
    case 'boolean':
      return true;
    case 'date':
    case 'timestamp with time zone':
      return new Date(0);
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'numeric':
    case 'double precision':
      return Math.floor(Math.random() * 30_000);
    default:
      return randomUUID().slice(0, length ?? 36);
  }
}

/** As a superuser, for whom neither policies nor triggers count: one row of each tenant in every table. */
async function fill(table: Table): Promise<void> {
  const full = `${admin.escapeIdentifier(table.schema)}.${admin.escapeIdentifier(table.name)}`;
  const { rows: columns } = await admin.query<Column>(
    `select a.attname as name, format_type(a.atttypid, null) as type, nullif(a.atttypmod - 4, -5) as length
     from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
       and a.attgenerated = '' and a.attnotnull`,
    [full],
  );
  const { rows: checks } = await admin.query<{ name: string }>(
    `select conname as name from pg_constraint where conrelid = $1::regclass and contype = 'c' and coninhcount = 0`,
    [full],
  );
  for (const { name } of checks)
    await admin.query(`alter table ${full} drop constraint ${admin.escapeIdentifier(name)}`);
  const rows = table.kind === 'parted' ? ROWS_OF_PARTED : 1;
  for (const tenant of Array.from({ length: rows }, () => [ours, theirs]).flat()) {
    const values = columns.map((column) => valueFor(column, tenant));
    const names = columns.map(({ name }) => admin.escapeIdentifier(name)).join(', ');
    await admin.query(
      `insert into ${full} (${names}) values (${values.map((_, at) => `$${at + 1}`).join(', ')})`,
      values,
    );
  }
}

describe('every table of every service', () => {
  it('is walked: no schema and no service is left out', () => {
    expect(schemas.length).toBeGreaterThan(5);
    expect(new Set(tables.map(({ schema }) => schema))).toEqual(new Set(schemas));
  });

  it('names the tenant of each row and forces row-level security, by the one policy that all share', () => {
    const own = `(tenant_id = (NULLIF(current_setting('holdfast.tenant'::text, true), ''::text))::uuid)`;
    const loose = tables.filter(({ schema, isForced, hasTenant, policies }) => {
      const [first, swept, ...others] = policies;
      const isSweptRight = swept === undefined || swept === `swept: true / true to ${schema}_sweeps`;
      return (
        !isForced || !hasTenant || first !== `one_tenant: ${own} / ${own} to all` || !isSweptRight || others.length > 0
      );
    });
    expect(loose.map((table) => [nameOf(table), table.policies])).toEqual([]);
  });

  it('gives its roles no way around', async () => {
    const { rows } = await admin.query(
      `select rolname from pg_roles where rolname = any($1) and (rolsuper or rolbypassrls)`,
      [
        schemas.flatMap((schema) => [
          `${schema}_owner`,
          `${schema}_sweeps`,
          `holdfast_${schema}`,
          `holdfast_${schema}_sweeper`,
        ]),
      ],
    );
    expect(rows).toEqual([]);
  });

  it('but for the list of its own steps, which is for their owner alone', async () => {
    const { rows } = await admin.query(
      `select table_schema, grantee from information_schema.role_table_grants
       where table_name = $2 and table_schema = any($1) and grantee <> table_schema || '_owner'`,
      [schemas, STEPS],
    );
    expect(rows).toEqual([]);
  });

  it('shows a tenant its own rows and lets it touch no other’s; nobody’s are there without a tenant', async () => {
    await admin.query('set session_replication_role = replica');
    for (const table of tables) if (table.kind !== 'part') await fill(table);
    const wrong: string[] = [];
    for (const schema of schemas) {
      const client = new pg.Client({ connectionString: urlsOf(schema).url.reveal() });
      await client.connect();
      for (const table of tables.filter((one) => one.schema === schema))
        wrong.push(...(await trespass(client, table)).map((what) => `${nameOf(table)}: ${what}`));
      await client.end();
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

/** What a service's own role gets of a table that it should not. */
async function trespass(client: pg.Client, { schema, name, kind }: Table): Promise<string[]> {
  const full = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
  const wrong: string[] = [];
  /** Rows that the statement touches for this tenant; `refused` where PostgreSQL does not let it. Nothing stays. */
  const touched = async (tenant: string | undefined, sql: string): Promise<number | 'refused'> => {
    await client.query('begin');
    try {
      if (tenant !== undefined) await client.query(`select set_config('holdfast.tenant', $1, true)`, [tenant]);
      return (await client.query(sql)).rowCount ?? 0;
    } catch (error) {
      if (/row-level security|only grows/.test(String(error))) return 'refused';
      throw error;
    } finally {
      await client.query('rollback');
    }
  };
  const expectTouched = async (what: string, tenant: string | undefined, sql: string, wanted: number | 'refused') => {
    const got = await touched(tenant, sql);
    // The audit trail refuses every change.
    if (got !== wanted && !(got === 'refused' && !sql.startsWith('select')))
      wrong.push(`${what}: ${got}, not ${wanted}`);
  };
  for (const tenant of [undefined, '', randomUUID()]) {
    const who = tenant === undefined ? 'no tenant' : tenant === '' ? 'an empty tenant' : 'a tenant without rows';
    await expectTouched(`${who} reads`, tenant, `select from ${full}`, 0);
    await expectTouched(`${who} changes`, tenant, `update ${full} set tenant_id = tenant_id`, 0);
    await expectTouched(`${who} removes`, tenant, `delete from ${full}`, 0);
  }
  const { rows } = await admin.query<{ own: number }>(
    `select count(*)::int as own from ${full} where tenant_id = '${ours}'`,
  );
  const own = rows[0]?.own ?? 0;
  if (own === 0 && kind !== 'part') wrong.push('has no rows to look at');
  await expectTouched('a tenant reads all', ours, `select from ${full}`, own);
  await expectTouched('a tenant changes all', ours, `update ${full} set tenant_id = tenant_id`, own);
  await expectTouched('a tenant reads another’s', ours, `select from ${full} where tenant_id = '${theirs}'`, 0);
  await expectTouched('a tenant gives rows away', ours, `update ${full} set tenant_id = '${theirs}'`, own && 'refused');
  return wrong;
}
