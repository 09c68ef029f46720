import { AppError } from '@holdfast/kernel';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addSums } from './golden/checksums.js';
import { cutVault } from './golden/cut-vault.js';
import { expectedOf } from './golden/expected.js';
import { EXPECTED_FILE, GOLDEN, PREFIX, VAULT_FOLDER } from './golden/golden-folder.js';
import { fillPlace, openPlace } from './golden/golden-place.js';
import { VAULT_KINDS } from './golden/vault-kinds.js';

/** Cuts the golden vault of that name. One that exists is never made again: it is there to show what an earlier program wrote. */
export async function makeGolden(name: string): Promise<string> {
  const kind = VAULT_KINDS.find((each) => each.name === name);
  if (!kind) {
    const names = VAULT_KINDS.map((each) => each.name).join(', ');
    throw new AppError('INVALID_ARGUMENT', `There is no kind of vault ${name}. There are: ${names}.`);
  }
  const folder = join(GOLDEN, name);
  if (existsSync(folder))
    throw new AppError(
      'INVALID_ARGUMENT',
      `${folder} is there. A golden vault is never made again: give a new one a new name.`,
    );
  const vault = await cutVault(kind);
  const place = join(folder, VAULT_FOLDER);
  await mkdir(place, { recursive: true });
  await fillPlace(await openPlace(place, PREFIX), vault.objects);
  const expected = JSON.stringify(expectedOf(kind, vault), undefined, 1);
  await writeFile(join(folder, EXPECTED_FILE), `${expected}\n`, { flag: 'wx' });
  await addSums(name);
  return folder;
}
