import { accountView, checkReport, tenantView, type CheckReport, type TenantView } from '@holdfast/contracts/api';
import { z } from 'zod';
import { path, query } from '../api/path.js';
import { CommandFailed, UsageError } from '../failure.js';
import type { Printer } from '../output/printer.js';
import { instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import { readSecret, readTextFile } from '../settings/read-secret.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';

interface CredentialOptions {
  readonly secretFile?: string;
  readonly certificate?: string;
  readonly privateKey?: string;
}

interface AddOptions extends CredentialOptions {
  readonly directory: string;
  readonly client: string;
  readonly cloud: string;
  readonly id?: string;
}

/** `holdfast tenant …` and `holdfast accounts`. */
export const tenantCommands: CommandGroup = (program, act) => {
  const tenant = program.command('tenant').description("customers' Microsoft 365 tenants");
  tenant
    .command('add')
    .description('register a tenant; its secret comes from a file, HOLDFAST_CLIENT_SECRET or a prompt')
    .argument('<name>', 'what you call it')
    .requiredOption('--directory <guid>', "Microsoft's id of the directory")
    .requiredOption('--client <guid>', 'application (client) id of the app registration')
    .option('--id <id>', 'the id that it had in an installation that was lost, before `vault rebuild`')
    .option('--cloud <name>', 'global, us-gov-l4, us-gov-l5, china', 'global')
    .option('--secret-file <file>', 'file that holds the client secret; - is the standard input')
    .option('--certificate <file>', 'certificate, PEM, instead of a secret')
    .option('--private-key <file>', "the certificate's private key, PEM (PKCS#8)")
    .action(
      act(async (session, displayName: string, options: AddOptions) => {
        const credential = await credentialFrom(session, options);
        const { directory: directoryId, client: clientId, cloud } = options;
        const tenantId = options.id;
        const body = { displayName, directoryId, clientId, cloud, credential, ...(tenantId && { tenantId }) };
        show(session.print, await session.api.post('tenants', tenantView, body));
        session.print.line('Try it: holdfast tenant test');
      }),
    );
  tenant
    .command('list')
    .description('list the tenants that your key reaches')
    .action(
      act(async (session) => {
        const { rows } = await session.api.get('tenants', z.object({ rows: z.array(tenantView) }));
        session.print.table(
          rows,
          [
            ['NAME', (row) => row.displayName],
            ['ID', (row) => row.tenantId],
            ['CLOUD', (row) => row.cloud],
            ['CREDENTIAL', (row) => row.credentialKind],
            ['ENDS', (row) => instantInWords(row.credentialExpiresAtMs)],
          ],
          'There is no tenant yet. Add one: holdfast tenant add',
        );
      }),
    );
  tenant
    .command('test')
    .description('sign in and probe each workload; fails when something is missing')
    .argument('[tenant]', 'name or id')
    .action(
      act(async (session, text?: string) => {
        const id = text === undefined ? await session.tenant() : await session.tenantNamed(text);
        showCheck(session.print, await session.api.post(path`tenants/${id}/test`, checkReport));
      }),
    );
  tenant
    .command('update')
    .description('change the name or the credential')
    .argument('<tenant>', 'name or id')
    .option('--name <name>', 'the new name')
    .option('--new-secret', 'asks for a new client secret, or takes it from HOLDFAST_CLIENT_SECRET')
    .option('--secret-file <file>', 'file that holds the new client secret')
    .option('--certificate <file>', 'the new certificate, PEM')
    .option('--private-key <file>', "the certificate's private key, PEM (PKCS#8)")
    .action(
      act(async (session, text: string, options: CredentialOptions & { name?: string; newSecret?: boolean }) => {
        const id = await session.tenantNamed(text);
        const isNew = options.newSecret ?? options.secretFile ?? options.certificate;
        if (options.name === undefined && isNew === undefined)
          throw new UsageError('Nothing to change. Give --name, --new-secret, --secret-file or --certificate.');
        const body = {
          ...(options.name !== undefined && { displayName: options.name }),
          ...(isNew !== undefined && { credential: await credentialFrom(session, options) }),
        };
        show(session.print, await session.api.patch(path`tenants/${id}`, tenantView, body));
      }),
    );
  tenant
    .command('remove')
    .description(
      'remove a tenant, its secrets and its API keys; refused while it has vaults, which stay when their backup sets are deleted',
    )
    .argument('<tenant>', 'name or id')
    .action(
      act(async (session, text: string) => {
        const tenantId = await session.tenantNamed(text);
        await session.api.delete(path`tenants/${tenantId}`);
        session.print.result({ tenantId, removed: true }, () => session.print.line('The tenant is removed.'));
      }),
    );
  program
    .command('accounts')
    .description('list the accounts that can be protected')
    .option('--starts-with <text>', 'only names or addresses that start so')
    .option('--limit <count>', 'rows at most', countFrom, 1_000)
    .action(
      act(async (session, options: { startsWith?: string; limit: number }) => {
        const at = await session.below(
          `accounts${query({ startsWith: options.startsWith, pageSize: Math.min(999, options.limit) })}`,
        );
        const { rows, isMore } = await take(session.api.rows(at, accountView), options.limit);
        session.print.table(
          rows,
          [
            ['ADDRESS', (row) => row.address],
            ['NAME', (row) => row.displayName],
            ['KIND', (row) => row.kind],
            ['LICENSED', (row) => (row.isLicensed ? 'yes' : 'no')],
            ['ID', (row) => row.accountId],
          ],
          'There is no such account.',
        );
        if (isMore) session.print.note(`There are more than ${options.limit}: raise --limit.`);
      }),
    );
};

async function credentialFrom({ around }: Session, options: CredentialOptions) {
  const { certificate, privateKey } = options;
  if ((certificate === undefined) !== (privateKey === undefined))
    throw new UsageError('A certificate needs its private key: give --certificate and --private-key.');
  if (certificate !== undefined && privateKey !== undefined)
    return {
      kind: 'certificate',
      certificate: await readTextFile(certificate, '--certificate'),
      privateKey: await readTextFile(privateKey, '--private-key'),
    };
  const clientSecret = await readSecret(around, {
    what: 'Client secret',
    file: options.secretFile,
    variable: 'HOLDFAST_CLIENT_SECRET',
    option: '--secret-file',
  });
  return { kind: 'secret', clientSecret };
}

function show(print: Printer, tenant: TenantView): void {
  print.fields(tenant, [
    ['Name', tenant.displayName],
    ['Id', tenant.tenantId],
    ['Directory', tenant.directoryId],
    ['Client', tenant.clientId],
    ['Cloud', tenant.cloud],
    ['Credential', tenant.credentialKind],
    ['Ends', instantInWords(tenant.credentialExpiresAtMs)],
  ]);
}

/** The steps of a test; fails when one did. */
export function showCheck(print: Printer, report: CheckReport): void {
  print.result(report, () => {
    for (const step of report.steps) {
      print.line(`${step.ok ? 'ok     ' : 'FAILED '} ${step.name}: ${step.message}`);
      if (step.missingPermissions.length > 0) print.line(`        missing: ${step.missingPermissions.join(', ')}`);
    }
  });
  if (!report.ok) throw new CommandFailed('The test found what has to be put right.');
}
