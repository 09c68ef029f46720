import { backupSetView, vaultView, type VaultView } from '@holdfast/contracts/api';
import { path } from '../api/path.js';
import { UsageError } from '../failure.js';
import { bytesInWords, countInWords } from '../output/words.js';
import type { Session } from '../session.js';

export interface SetDestinationsOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly order?: readonly string[];
}

/** `holdfast set destinations`: shows where a set's vault lies, after changing it where something is to change. */
export async function setDestinations(session: Session, text: string, options: SetDestinationsOptions): Promise<void> {
  const { vaultId } = await session.api.get(
    await session.below(path`backup-sets/${await session.backupSet(text)}`),
    backupSetView,
  );
  const at = await session.below(path`vaults/${vaultId}`);
  const vault = await session.api.get(at, vaultView);
  const wanted = await wantedFrom(session, options, vault.destinationIds);
  const isSame = wanted.join() === vault.destinationIds.join();
  await show(
    session,
    isSame ? vault : await session.api.put(`${at}/destinations`, vaultView, { destinationIds: wanted }),
  );
}

async function wantedFrom(
  session: Session,
  { add = [], remove = [], order }: SetDestinationsOptions,
  before: readonly string[],
): Promise<readonly string[]> {
  const idsOf = async (names: readonly string[]) => {
    const ids: string[] = [];
    for (const name of names) ids.push(await session.destination(name));
    return ids;
  };
  const removed = await idsOf(remove);
  const stranger = remove.find((_, at) => !before.includes(removed[at] ?? ''));
  if (stranger !== undefined) throw new UsageError(`--remove: the vault does not lie at ${stranger}.`);
  const added = await idsOf(add);
  for (const [at, name] of add.entries())
    if (before.includes(added[at] ?? '')) session.print.note(`The vault lies at ${name} already.`);
  const all = [...new Set([...before, ...added])].filter((id) => !removed.includes(id));
  if (order === undefined) return all;
  const first = await idsOf(order);
  const missing = order.find((_, at) => !all.includes(first[at] ?? ''));
  if (missing !== undefined) throw new UsageError(`--order: the vault does not lie at ${missing}; add it as well.`);
  return [...new Set([...first, ...all])];
}

async function show(session: Session, vault: VaultView): Promise<void> {
  const names = await session.destinationNames();
  const called = (id: string) => names.get(id) ?? id;
  const shares = vault.statistics.destinations;
  session.print.table(
    shares,
    [
      ['DESTINATION', ({ destinationId }) => called(destinationId)],
      ['PACKS', ({ packs }) => countInWords(packs)],
      ['STORED', ({ packsBytes }) => bytesInWords(packsBytes)],
      ['BEHIND BY', behindBy],
    ],
    'The vault lies nowhere.',
  );
  for (const { destinationId, keysBehind } of shares)
    if (keysBehind > 0)
      session.print.note(
        `“${called(destinationId)}” has not taken all changes of the keys yet: a passphrase or recovery key of before may still open the vault there. It takes them within a minute or two after it answers; what object lock keeps goes when its lock ends.`,
      );
  for (const { lockFailure } of shares) if (lockFailure) session.print.note(lockWords(lockFailure));
}

type Share = VaultView['statistics']['destinations'][number];

function behindBy({ packsBehind, keysBehind }: Share): string {
  const packs = packsBehind === 0 ? [] : [`${countInWords(packsBehind)} packs`];
  return [...packs, ...(keysBehind === 0 ? [] : ['keys'])].join(', ');
}

type LockFailure = NonNullable<Share['lockFailure']>;

const lockWords = ({ message, objects, bytes }: LockFailure) =>
  `${message} Due are ${countInWords(objects)} objects of ${bytesInWords(bytes)}.`;
