/** Lets a step see a table's rows of all tenants, which binds its owner, too, before and after. */
export const ofAllTenants = (table: string, step: string) => `
  alter table ${table} no force row level security;
  ${step}
  alter table ${table} force row level security;`;
