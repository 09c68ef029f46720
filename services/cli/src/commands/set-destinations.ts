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
  show(session, isSame ? vault : await session.api.put(`${at}/destinations`, vaultView, { destinationIds: wanted }));
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
  const all = [...new Set([...before, ...(await idsOf(add))])].filter((id) => !removed.includes(id));
  if (order === undefined) return all;
  const first = await idsOf(order);
  const missing = order.find((_, at) => !all.includes(first[at] ?? ''));
  if (missing !== undefined) throw new UsageError(`--order: the vault does not lie at ${missing}; add it as well.`);
  return [...new Set([...first, ...all])];
}

function show(session: Session, vault: VaultView): void {
  const shares = vault.statistics.destinations;
  session.print.table(
    shares,
    [
      ['DESTINATION', ({ destinationId }) => destinationId],
      ['PACKS', ({ packs }) => countInWords(packs)],
      ['STORED', ({ packsBytes }) => bytesInWords(packsBytes)],
      ['BEHIND BY', ({ packsBehind }) => (packsBehind === 0 ? '' : `${countInWords(packsBehind)} packs`)],
    ],
    'The vault lies nowhere.',
  );
}
