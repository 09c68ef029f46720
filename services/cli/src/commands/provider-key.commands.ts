import { rewrapPage, type RewrapPageView } from '@holdfast/contracts/api';
import { CommandFailed } from '../failure.js';
import type { Session } from '../session.js';
import type { CommandGroup } from './command-group.js';

type Totals = Pick<RewrapPageView, 'present' | 'rewrapped' | 'remaining' | 'lost'>;

/** Where the operator gives them: a setting of auth in the cluster, a file where one process is all. */
const FURTHER_KEYS = 'FURTHER_PROVIDER_KEYS (in one process: furtherProviderKeys in secrets.json)';

/** `holdfast provider-key …`: the key that closes credentials and vaults' keys at rest. */
export const providerKeyCommands: CommandGroup = (program, act) => {
  const key = program.command('provider-key').description('the key that closes credentials and keys of vaults at rest');
  key
    .command('status', { isDefault: true })
    .description('count the secrets under the present key, under an older one, and under none that is given')
    .action(act(showStatus));
  key
    .command('rewrap')
    .description('close with the present key what further keys have closed; safe to break off and to repeat')
    .action(act(rewrap));
};

async function showStatus(session: Session): Promise<void> {
  const at = 'provider-key/secrets';
  const totals = await eachPage(session, (after) =>
    session.api.get(after === undefined ? at : `${at}?${new URLSearchParams({ after }).toString()}`, rewrapPage),
  );
  session.print.result(totals, () => session.print.line(inWords(totals)));
  session.print.note(nextStep(totals));
}

async function rewrap(session: Session): Promise<void> {
  const totals = await eachPage(session, (after) =>
    session.api.post('provider-key/rewraps', rewrapPage, { ...(after !== undefined && { after }) }),
  );
  session.print.result(totals, () => session.print.line(inWords(totals)));
  if (totals.remaining > 0)
    throw new CommandFailed(
      `${totals.remaining} are still under an older key. Keep ${FURTHER_KEYS} as it is, and run this again.`,
    );
  if (totals.lost > 0)
    throw new CommandFailed(
      `No given key opens ${totals.lost}. Add the key that closed them to ${FURTHER_KEYS}, and run this again.`,
    );
  session.print.note(NOTHING_LEFT);
}

async function eachPage(session: Session, page: (after?: string) => Promise<RewrapPageView>): Promise<Totals> {
  const totals = { present: 0, rewrapped: 0, remaining: 0, lost: 0 };
  let after: string | undefined;
  do {
    const { failures, next, ...counts } = await page(after);
    for (const name of ['present', 'rewrapped', 'remaining', 'lost'] as const) totals[name] += counts[name];
    for (const { tenantId, vaultId, message } of failures)
      session.print.note(`${vaultId === undefined ? `Tenant ${tenantId}` : `Vault ${vaultId}`}: ${message}`);
    after = next;
  } while (after !== undefined);
  return totals;
}

function inWords({ present, rewrapped, remaining, lost }: Totals): string {
  const all = present + rewrapped + remaining + lost;
  if (all === 0) return 'There are no secrets yet.';
  const moved = rewrapped > 0 ? ` (${rewrapped} of them just now)` : '';
  const older = `${remaining} still under an older key`;
  return `${all} secrets: ${present + rewrapped} under the present key${moved}, ${older}, ${lost} that no given key opens.`;
}

/** What is to be done next; nothing where all is under the present key. */
function nextStep({ remaining, lost }: Totals): string {
  if (lost > 0) return `Add the key that closed those that no given key opens to ${FURTHER_KEYS}, and start again.`;
  if (remaining > 0) return `Keep ${FURTHER_KEYS} as it is, and run: holdfast provider-key rewrap`;
  return NOTHING_LEFT;
}

const NOTHING_LEFT = `Nothing needs an older key: ${FURTHER_KEYS} can be dropped.`;
