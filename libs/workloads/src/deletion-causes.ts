import type { SkipCause } from './reader.port.js';

/** Why an item is left out after a deletion on request, whatever its workload (docs/deletion.md). */
export const DELETION_CAUSES = {
  deleted: {
    as: 'excluded',
    code: 'deleted-on-request',
    because: 'It was deleted from the backup on request, and is kept out from then on.',
  },
  below: {
    as: 'excluded',
    code: 'in-deleted-folder',
    because: 'It lies in a folder that was deleted from the backup on request, and is kept out while it does.',
  },
} as const satisfies Record<string, SkipCause>;
