import { AppError } from '@holdfast/kernel';
import pg from 'pg';
import type { Secret } from '../config/secret.js';
import type { Certificates, TlsFiles } from '../tls/certificates.js';
import { connectionTo } from './database-address.js';
import { type Migration, migrate, ownerOf } from './migrate.js';
import { sweepRoleOf } from './tenant-rls.js';

/** A service's two addresses of one database: roles, passwords and grants are made to match them. */
export interface ServiceUrls {
  /** Signs in as the service. */
  readonly url: Secret;
  /** Signs in as the service's sweeps, which see the swept tables of all tenants. */
  readonly sweepUrl: Secret;
  /** See DatabaseAddress. */
  readonly tls?: Certificates<TlsFiles> | undefined;
}

export interface PrepareDatabaseOptions extends ServiceUrls {
  /** Signs in with the right to make roles and schemas in that database. */
  readonly adminUrl: Secret;
  /** The service's name: its schema and the stem of its roles. */
  readonly schema: string;
  readonly migrations: readonly Migration[];
}

/**
 * Makes a service's roles and schema and brings the schema up to date. The owner cannot sign in; the service's roles own
 * nothing and are bound by row-level security. Safe to repeat. Answers the steps that were applied.
 */
export async function prepareDatabase(options: PrepareDatabaseOptions): Promise<readonly string[]> {
  const { adminUrl, schema, migrations } = options;
  if (!/^[a-z][a-z_]{0,40}$/.test(schema))
    throw new AppError('INVALID_ARGUMENT', 'A schema name has lower-case letters and underscores only.');
  const client = new pg.Client(connectionTo({ url: adminUrl, tls: options.tls }));
  await client.connect();
  try {
    await client.query('begin');
    // Roles belong to the whole cluster, so one lock serves all schemas and databases.
    await client.query("select pg_advisory_xact_lock(hashtextextended('holdfast.roles', 0))");
    await makeRoles(client, options);
    await client.query('commit');
    return await migrate(client, schema, migrations);
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    await client.end();
  }
}

async function makeRoles(client: pg.Client, { schema, url, sweepUrl }: PrepareDatabaseOptions): Promise<void> {
  const name = (text: string) => client.escapeIdentifier(text);
  const owner = ownerOf(schema);
  const sweeps = sweepRoleOf(schema);
  await makeRole(client, owner, 'nologin');
  await makeRole(client, sweeps, 'nologin');
  const service = await makeLogin(client, url);
  const sweeper = await makeLogin(client, sweepUrl);
  // Who is no superuser has to be a member of a role to give things to it.
  await client.query(`grant ${name(owner)} to current_user`);
  await client.query(`grant ${name(sweeps)} to ${name(sweeper)}`);
  await client.query(`create schema if not exists ${name(schema)} authorization ${name(owner)}`);
  for (const role of [service, sweeps]) {
    await client.query(`grant usage on schema ${name(schema)} to ${name(role)}`);
    const rights = `alter default privileges for role ${name(owner)} in schema ${name(schema)} grant`;
    await client.query(`${rights} select, insert, update, delete on tables to ${name(role)}`);
    await client.query(`${rights} usage on sequences to ${name(role)}`);
  }
}

/** Makes the role that an address signs in as, with the address's password. */
async function makeLogin(client: pg.Client, address: Secret): Promise<string> {
  const { username, password } = new URL(address.reveal());
  const role = decodeURIComponent(username);
  await makeRole(client, role, `login password ${client.escapeLiteral(decodeURIComponent(password))}`);
  return role;
}

async function makeRole(client: pg.Client, role: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = rowCount === 0 ? 'create' : 'alter';
  await client.query(`${verb} role ${client.escapeIdentifier(role)} ${attributes}`);
}
