import { openDestination, type Destination } from '@holdfast/destinations';
import { parseChunkId, SystemClock } from '@holdfast/kernel';
import {
  deriveVaultKeys,
  formatRootKey,
  type LedgerTotals,
  parseRootKey,
  type RootKey,
  type SnapshotBody,
  type VaultKeys,
} from '@holdfast/vault';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const root = z.object({ id: z.string().transform(parseChunkId), level: z.number(), entries: z.number() });
const body = z.object({ items: root, folders: root, ledger: z.custom<LedgerTotals>() });
const state = z.object({ folder: z.string(), prefix: z.string(), rootKey: z.string(), body });

/** What a corpus has none of. */
const NOT_KEPT = { cursors: undefined, owed: undefined, log: undefined };

/** Where a vault lies. */
export interface VaultPlace {
  readonly folder: string;
  /** The vault's own folder in it. */
  readonly prefix: string;
}

/** What was written, as another process finds it again. */
export interface VaultState {
  readonly destination: Destination;
  readonly keys: VaultKeys;
  readonly rootKey: RootKey;
  readonly body: SnapshotBody;
}

/** Notes a written vault for {@link readState}; a vault for a measurement may have its key beside it. */
export function writeState(
  file: string,
  { folder, prefix, rootKey, body: { items, folders, ledger } }: VaultPlace & Pick<VaultState, 'rootKey' | 'body'>,
): Promise<void> {
  return writeFile(
    file,
    JSON.stringify({ folder, prefix, rootKey: formatRootKey(rootKey), body: { items, folders, ledger } }),
  );
}

export async function readState(file: string): Promise<VaultState> {
  const { folder, prefix, rootKey: text, body: kept } = state.parse(JSON.parse(await readFile(file, 'utf8')));
  const settings = { kind: 'folder', path: folder } as const;
  const destination = await openDestination(
    { settings, credentials: { kind: 'folder' }, prefix },
    { clock: new SystemClock(), randomBytes },
  );
  // The writing process put packs there and nothing that makes the folder a destination.
  await destination.claim();
  const rootKey = parseRootKey(text);
  return { destination, keys: deriveVaultKeys([rootKey]), rootKey, body: { ...kept, ...NOT_KEPT } };
}
