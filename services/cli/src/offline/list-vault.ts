import { readChains } from '@holdfast/recovery';
import type { Printer } from '../output/printer.js';
import { instantInWords } from '../output/words.js';
import type { Surroundings } from '../surroundings.js';
import { type OpenVaultOptions, withOpenVault } from './open-vault.js';

/** Shows which resources a vault holds, and which of its objects are damaged. */
export async function listVault(around: Surroundings, print: Printer, options: OpenVaultOptions): Promise<void> {
  await withOpenVault(around, print, options, async ({ vault, catalogue }) => {
    const { chains, damaged } = await readChains(vault, catalogue);
    const { owner } = vault.header;
    if (owner) print.note(`Vault ${owner.vault} of tenant ${owner.tenant}`);
    for (const { name, reason } of damaged) print.note(`${name} is passed over: ${reason}`);
    const rows = chains.map(({ header, snapshots }) => ({
      backupSetId: header.set,
      resourceId: header.resource,
      snapshots,
      newestJobStartedAtMs: header.jobStartedAt,
    }));
    print.table(
      rows,
      [
        ['BACKUP SET', (row) => row.backupSetId],
        ['RESOURCE', (row) => row.resourceId],
        ['SNAPSHOTS', (row) => row.snapshots],
        ['NEWEST', (row) => instantInWords(row.newestJobStartedAtMs)],
      ],
      'The vault holds no snapshot: no backup has been completed into it.',
    );
  });
}
