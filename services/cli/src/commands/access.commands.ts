import { apiKeyView, callerView, createdApiKey, type ApiKeyView } from '@holdfast/contracts/api';
import { z } from 'zod';
import { UsageError } from '../failure.js';
import { instantInWords } from '../output/words.js';
import { Session, type GlobalOptions } from '../session.js';
import { collect, countFrom } from '../settings/parse-options.js';
import { profilePath, readProfile, writeProfile } from '../settings/profile.js';
import { ask, readSecret } from '../settings/read-secret.js';
import type { Surroundings } from '../surroundings.js';
import { resolve } from 'node:path';
import type { CommandGroup } from './command-group.js';

interface KeyOptions {
  readonly provider?: boolean;
}

interface CreateKeyOptions extends KeyOptions {
  readonly role: string;
  readonly only?: readonly string[];
  readonly expiresInDays?: number;
}

/** `holdfast key …` and `holdfast whoami`. */
export const accessCommands: CommandGroup = (program, act) => {
  program
    .command('whoami')
    .description('show whose key you use and what it reaches')
    .action(
      act(async (session) => {
        const caller = await session.api.get('caller', callerView);
        session.print.fields(caller, [
          ['Key', caller.keyId],
          ['Role', caller.role],
          ['Tenants', caller.tenantIds?.join(', ') ?? 'all'],
        ]);
      }),
    );
  const key = program.command('key').description('API keys: of a tenant, or with --provider of the provider');
  key
    .command('create')
    .description('make a key and show it once')
    .argument('<name>', 'what it is for')
    .requiredOption('--role <role>', 'customer-admin, customer-restore-operator; provider-operator, provider-auditor')
    .option('--provider', 'a key of the provider')
    .option('--only <tenant>', 'with --provider: only this tenant; may be given often', collect)
    .option('--expires-in-days <days>', 'until it is revoked when absent', countFrom)
    .action(act(createKey));
  key
    .command('list')
    .description('list keys, newest first')
    .option('--provider', "the provider's keys")
    .action(
      act(async (session, options: KeyOptions) => {
        const { rows } = await session.api.get(await keysAt(session, options), z.object({ rows: z.array(apiKeyView) }));
        session.print.table(
          rows,
          [
            ['NAME', (row) => row.displayName],
            ['ID', (row) => row.keyId],
            ['ROLE', (row) => row.role],
            ['STATE', (row) => stateOf(row, session.around.now())],
            ['LAST USED', (row) => instantInWords(row.lastUsedAtMs)],
            ['ENDS', (row) => instantInWords(row.expiresAtMs)],
          ],
          'There is no key yet. Make one: holdfast key create',
        );
      }),
    );
  key
    .command('revoke')
    .description('make a key useless, at once')
    .argument('<id>', 'id of the key')
    .option('--provider', 'a key of the provider')
    .action(
      act(async (session, keyId: string, options: KeyOptions) => {
        await session.api.delete(`${await keysAt(session, options)}/${encodeURIComponent(keyId)}`);
        session.print.result({ keyId, revoked: true }, () => session.print.line('The key is revoked.'));
      }),
    );
};

async function createKey(session: Session, displayName: string, options: CreateKeyOptions): Promise<void> {
  const { role, only, provider, expiresInDays } = options;
  if (only && provider !== true)
    throw new UsageError('--only goes with --provider; a key of a tenant is for it alone.');
  const tenantIds: string[] = [];
  for (const text of only ?? []) tenantIds.push(await session.tenantNamed(text));
  const body = { displayName, role, expiresInDays, ...(only && { tenantIds }) };
  const made = await session.api.post(await keysAt(session, options), createdApiKey, body);
  session.print.result(made, () => {
    session.print.line(made.token);
    session.print.note('This is the key. It is shown this once.');
  });
}

async function keysAt(session: Session, { provider }: KeyOptions): Promise<string> {
  return provider === true ? 'api-keys' : session.below('api-keys');
}

function stateOf(key: ApiKeyView, nowMs: number): string {
  if (key.revokedAtMs !== undefined) return 'revoked';
  return key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs ? 'expired' : 'live';
}

/** `holdfast login`: asks for what is missing, tries it, and keeps it. */
export async function login(
  around: Surroundings,
  options: GlobalOptions & { readonly keyFile?: string },
): Promise<void> {
  const before = await readProfile(around.home);
  const isTerminal = around.stdin.isTTY === true;
  const kept = options.url ?? around.env['HOLDFAST_URL'] ?? before.url;
  const url = kept ?? (isTerminal ? await ask(around, 'Address (https://…): ') : undefined);
  if (url === undefined || !URL.canParse(url)) throw new UsageError('Where is the server? Give --url https://….');
  const key =
    options.key ??
    (await readSecret(around, {
      what: 'API key',
      file: options.keyFile,
      variable: 'HOLDFAST_API_KEY',
      option: '--key-file',
    }));
  const ca = options.ca === undefined ? before.ca : resolve(options.ca);
  const session = await Session.open(around, { ...options, url, key, ...(ca !== undefined && { ca }) });
  try {
    const caller = await session.api.get('caller', callerView);
    const tenant = options.tenant ?? before.tenant;
    await writeProfile(around.home, {
      url,
      key,
      ...(ca !== undefined && { ca }),
      ...(tenant !== undefined && { tenant }),
    });
    session.print.result({ ...caller, url }, () =>
      session.print.line(`You are ${caller.role} at ${url}. Kept in ${profilePath(around.home)}.`),
    );
  } finally {
    await session.close();
  }
}
