import { rebuildView, type RebuildView } from '@holdfast/contracts/api';
import { CommandFailed } from '../failure.js';
import { instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { ask } from '../settings/read-secret.js';
import { readVaultSecret, type VaultSecretOptions } from '../settings/vault-secret.js';
import { followJob } from './follow-job.js';

export interface RebuildOptions extends VaultSecretOptions {
  readonly destination: readonly string[];
  readonly providerKey?: boolean;
  readonly vault?: string;
  readonly look?: boolean;
  readonly yes?: boolean;
  readonly watch?: boolean;
}

/** Says first how new the vault's newest backup is; then, when the user goes on, brings it back. */
export async function rebuildVault(session: Session, options: RebuildOptions): Promise<void> {
  const destinationIds: string[] = [];
  for (const text of options.destination) destinationIds.push(await session.destination(text));
  const secret = options.providerKey === true ? { kind: 'provider' } : await readVaultSecret(session.around, options);
  const at = await session.below('vault-rebuilds');
  const wanted = { destinationIds, secret, ...(options.vault !== undefined && { vaultId: options.vault }) };
  const found = await session.api.post(at, rebuildView, { ...wanted, lookOnly: true });
  tellAge(session, found, await session.destinationNames());
  if (options.look === true) return;
  await requireYes(session, options);
  const begun = await session.api.post(at, rebuildView, { ...wanted, vaultId: found.vaultId });
  await session.noteAll(begun.warnings);
  const { job } = begun;
  if (!job) throw new Error('a rebuild that was asked for has a job');
  await followJob(session, job, { watch: options.watch, later: `Watch it: holdfast backup watch ${job.jobId}` });
}

function tellAge({ print }: Session, found: RebuildView, names: ReadonlyMap<string, string>): void {
  const { newestJobStartedAtMs, resourcesLookedAt, isEveryResource } = found;
  print.event(found, () => {
    print.line(
      newestJobStartedAtMs === undefined
        ? 'The vault holds no snapshot.'
        : `The newest backup in the vault is of ${instantInWords(newestJobStartedAtMs)}.`,
    );
    const of = isEveryResource ? `all ${resourcesLookedAt} resources` : `${resourcesLookedAt} of its resources`;
    print.line(`That is the newest of ${of}. If you know of a later one, the place shows an old state: find out why.`);
    if (found.copies.length > 1)
      for (const copy of found.copies)
        print.line(`${names.get(copy.destinationId) ?? copy.destinationId}: ${hasOf(copy)}`);
  });
}

function hasOf({ holdsVault, newestJobStartedAtMs, trouble }: RebuildView['copies'][number]): string {
  if (trouble !== undefined) return `could not be looked at. ${trouble}`;
  if (!holdsVault) return 'nothing of the vault; all that is brought back is copied there.';
  return newestJobStartedAtMs === undefined
    ? 'no snapshot'
    : `newest backup of ${instantInWords(newestJobStartedAtMs)}`;
}

async function requireYes({ around }: Session, { yes }: RebuildOptions): Promise<void> {
  if (yes === true) return;
  const isAnswered = around.stdin.isTTY === true && /^y(es)?$/i.test(await ask(around, 'Bring it back? (y/n) '));
  if (!isAnswered) throw new CommandFailed('Nothing was changed. With --yes it is brought back without a question.');
}
