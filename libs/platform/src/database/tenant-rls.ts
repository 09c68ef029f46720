/** The setting that names the tenant of a transaction. */
export const TENANT_SETTING = 'holdfast.tenant';

export interface TenantRlsOptions {
  /** Lets the service's sweep role see and change the rows of all tenants; for tables that a listed sweep reads. */
  readonly isSwept?: boolean;
}

/**
 * SQL for a migration: only the rows of the transaction's tenant are seen and written, by the owner too; without a tenant there
 * are none. The table needs `tenant_id uuid not null`. `schema` names the service whose sweep role is meant.
 */
export function enableTenantRls(schema: string, table: string, options: TenantRlsOptions = {}): string {
  const isOurs = `tenant_id = nullif(current_setting('${TENANT_SETTING}', true), '')::uuid`;
  return [
    `alter table ${table} enable row level security;`,
    `alter table ${table} force row level security;`,
    `create policy one_tenant on ${table} using (${isOurs}) with check (${isOurs});`,
    ...(options.isSwept
      ? [`create policy swept on ${table} to ${sweepRoleOf(schema)} using (true) with check (true);`]
      : []),
  ].join('\n');
}

/** The role of a service's sweeps across tenants; what signs in as it is a member. */
export function sweepRoleOf(schema: string): string {
  return `${schema}_sweeps`;
}
