import { callerView, tenantView, backupSetView, destinationView, accountView } from '@holdfast/contracts/api';
import { z } from 'zod';
import { ApiClient } from './api/api-client.js';
import { path, query } from './api/path.js';
import { UsageError } from './failure.js';
import { Printer } from './output/printer.js';
import { pick, type Named } from './pick.js';
import { readProfile, type Profile } from './settings/profile.js';
import { readTextFile } from './settings/read-secret.js';
import { callDestinations, namesDestinations } from './output/call-destinations.js';
import type { Surroundings } from './surroundings.js';

/** Options of every command. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly tenant?: string;
  readonly json?: boolean;
}

export const DEFAULT_URL = 'http://127.0.0.1:8080';

const listOf = <Row extends z.ZodType>(row: Row) => z.object({ rows: z.array(row) });

const NO_KEY =
  'The API key has a blank, a line break or a character that no key has. Copy it again, and nothing beside it.';

/** One run of the command: who asks, where, and how results are shown. */
export class Session {
  #tenant: Promise<string> | undefined;
  #names: Promise<ReadonlyMap<string, string>> | undefined;

  private constructor(
    readonly api: ApiClient,
    readonly print: Printer,
    readonly around: Surroundings,
    private readonly wantedTenant: string | undefined,
  ) {}

  /** Settings come from options, then the environment, then the profile. */
  static async open(around: Surroundings, options: GlobalOptions): Promise<Session> {
    const profile = await readProfile(around.home);
    const { url, key: given, ca, tenant } = settingsFrom(options, around.env, profile);
    // A line break at the end is of the file that it was read from.
    const key = given?.trim();
    if (key === undefined) throw new UsageError('There is no API key. Run `holdfast login`, or set HOLDFAST_API_KEY.');
    if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError(NO_KEY);
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new UsageError(`${url} is no http or https address. Give one such as https://backup.example.com.`);
    const pem = ca === undefined ? undefined : await readTextFile(ca, '--ca');
    const api = new ApiClient({ url, key, ...(pem !== undefined && { ca: pem }) });
    return new Session(api, new Printer(around, options.json === true), around, tenant);
  }

  /** The tenant that is meant: named, or the only one that the key reaches. */
  tenant(): Promise<string> {
    return (this.#tenant ??= this.#findTenant(this.wantedTenant));
  }

  /** A tenant by name or id. */
  async tenantNamed(text: string): Promise<string> {
    return this.#findTenant(text);
  }

  /** `tenants/<id>/` and what follows. */
  async below(rest: string): Promise<string> {
    return `${path`tenants/${await this.tenant()}/`}${rest}`;
  }

  async destination(text: string): Promise<string> {
    const { rows } = await this.api.get(await this.below('destinations'), listOf(destinationView));
    return pick(
      'destination',
      rows.map((row) => ({ id: row.destinationId, names: [row.displayName] })),
      text,
    );
  }

  /** By id, what the tenant's destinations are called. */
  async destinationNames(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.api.get(await this.below('destinations'), listOf(destinationView));
    return new Map(rows.map(({ destinationId, displayName }) => [destinationId, displayName]));
  }

  /** What destinations are called, as far as this key may ask; their ids are shown else. */
  knownDestinations(): Promise<ReadonlyMap<string, string>> {
    return (this.#names ??= this.destinationNames().catch(() => new Map<string, string>()));
  }

  /** Words of the server's, with destinations called what their users call them; as they are where that cannot be asked. */
  async calling(text: string): Promise<string> {
    if (!namesDestinations(text)) return text;
    return callDestinations(text, await this.knownDestinations());
  }

  /** What the server warns of, beside the results. */
  async noteAll(warnings: readonly string[]): Promise<void> {
    for (const warning of warnings) this.print.note(await this.calling(warning));
  }

  /** A set by name or id; without a text the only one. */
  async backupSet(text: string | undefined): Promise<string> {
    const { rows } = await this.api.get(await this.below('backup-sets'), listOf(backupSetView));
    const sets = rows.map((row) => ({ id: row.backupSetId, names: [row.displayName] }));
    const [only] = sets;
    if (text === undefined && sets.length === 1 && only) return only.id;
    if (text === undefined) throw new UsageError('Which backup set? Name it: `holdfast set list` shows them.');
    return pick('backup set', sets, text);
  }

  /** A vault by its id, or by the name or id of a set in it; without a text the only set's. */
  async vault(text: string | undefined): Promise<string> {
    const { rows } = await this.api.get(await this.below('backup-sets'), listOf(backupSetView));
    const vaults = rows.map((row) => ({ id: row.vaultId, names: [row.displayName, row.backupSetId] }));
    const [only] = new Set(vaults.map(({ id }) => id));
    if (text === undefined && only !== undefined && vaults.every(({ id }) => id === only)) return only;
    if (text === undefined) throw new UsageError('Which vault? Name a backup set: `holdfast set list` shows them.');
    // A vault outlives its last set, and is known by its id alone from then on.
    if (/^[0-9a-f-]{36}$/.test(text) && !vaults.some(({ names }) => names.includes(text))) return text;
    return pick('vault', vaults, text);
  }

  /** Microsoft's id of an account, from its address, name or id. */
  async account(text: string): Promise<string> {
    const found: Named[] = [];
    const at = await this.below(`accounts${query({ startsWith: text, pageSize: 100 })}`);
    for await (const row of this.api.rows(at, accountView))
      found.push({ id: row.accountId, names: [row.address, row.displayName] });
    // Microsoft does not search by id, and a leaver is found no more: an id is taken as it is.
    if (found.length === 0 && /^[0-9a-f-]{36}$/i.test(text)) return text;
    return pick('account', found, text);
  }

  /** `mail:ann@example.com`, `drive:Ann` or a resource id such as `mail.<id>`. */
  async resource(text: string): Promise<string> {
    const [, workload = '', owner = ''] = /^(mail|drive):(.+)$/.exec(text) ?? [];
    if (owner !== '') return `${workload}.${await this.account(owner)}`;
    if (/^(mail|drive)\.[A-Za-z0-9_-]+$/.test(text)) return text;
    throw new UsageError(`${text} is no resource. Write mail:ADDRESS, drive:ADDRESS or a resource id.`);
  }

  async close(): Promise<void> {
    await this.api.close();
  }

  async #findTenant(text: string | undefined): Promise<string> {
    const { rows } = await this.api.get('tenants', listOf(tenantView));
    const tenants = rows.map((row) => ({ id: row.tenantId, names: [row.displayName] }));
    const [only] = tenants;
    if (text === undefined && tenants.length === 1 && only) return only.id;
    if (text !== undefined) return pick('tenant', tenants, text);
    const { tenantIds } = await this.api.get('caller', callerView);
    throw new UsageError(
      tenants.length === 0
        ? `There is no tenant${tenantIds ? ' that this key reaches' : ''}. Add one: \`holdfast tenant add\`.`
        : 'Which tenant? Give --tenant NAME: `holdfast tenant list` shows them.',
    );
  }
}

/** What counts, of options, environment and profile. */
export function settingsFrom(options: GlobalOptions, env: Surroundings['env'], profile: Profile) {
  const given = (variable: string) => env[variable] || undefined;
  return {
    url: options.url ?? given('HOLDFAST_URL') ?? profile.url ?? DEFAULT_URL,
    key: options.key ?? given('HOLDFAST_API_KEY') ?? profile.key,
    ca: options.ca ?? given('HOLDFAST_CA') ?? profile.ca,
    tenant: options.tenant ?? given('HOLDFAST_TENANT') ?? profile.tenant,
  };
}
