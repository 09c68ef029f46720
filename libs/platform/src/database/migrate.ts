import { AppError } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import type { Client } from 'pg';

/** One step of a schema's history. Never edited once released: the next step mends it. */
export interface Migration {
  /** Sorts behind the steps before it: `0001-tasks`. */
  readonly name: string;
  /** SQL, run in the service's schema as its owner. */
  readonly up: string;
}

/**
 * Brings a service's schema up to date, all missing steps in one transaction, as the schema's owner. Safe to run from many
 * processes at once, and again. Refuses a history that differs from what was applied.
 */
export async function migrate(
  client: Client,
  schema: string,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`holdfast.migrate.${schema}`]);
    await client.query(`set local role ${client.escapeIdentifier(ownerOf(schema))}`);
    await client.query(`set local search_path = ${client.escapeIdentifier(schema)}`);
    await client.query(
      'create table if not exists migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    await takeRights(client, schema);
    const applied = await client.query<AppliedRow>('select name, sha256 from migration order by name');
    const missing = missingSteps(schema, migrations, applied.rows);
    for (const step of missing) {
      await client.query(step.up);
      await client.query('insert into migration (name, sha256) values ($1, $2)', [step.name, sha256(step.up)]);
    }
    await client.query('commit');
    return missing.map((step) => step.name);
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** What was done to a schema is for its owner alone to say: the service's roles get no right to the list. */
async function takeRights(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `select distinct grantee as role from information_schema.role_table_grants
     where table_schema = $1 and table_name = 'migration' and grantee <> $2`,
    [schema, ownerOf(schema)],
  );
  for (const { role } of rows) await client.query(`revoke all on migration from ${client.escapeIdentifier(role)}`);
}

/** The role that owns a service's schema and tables; nobody signs in as it. */
export function ownerOf(schema: string): string {
  return `${schema}_owner`;
}

interface AppliedRow {
  readonly name: string;
  readonly sha256: string;
}

function missingSteps(
  schema: string,
  migrations: readonly Migration[],
  applied: readonly AppliedRow[],
): readonly Migration[] {
  const sorted = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  applied.forEach((row, index) => {
    const step = sorted[index];
    if (step?.name === row.name && sha256(step.up) === row.sha256) return;
    throw new AppError(
      'FAILED_PRECONDITION',
      `The schema ${schema} has a step that this version does not know or knows otherwise. ` +
        'It was made by another version: start that version or a later one.',
      { context: { schema, step: row.name } },
    );
  });
  return sorted.slice(applied.length);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
