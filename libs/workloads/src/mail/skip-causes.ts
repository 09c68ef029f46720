import type { SkipCause } from '../reader.port.js';

/** The closed list of reasons for which something of a mailbox is left out for good. */
export const MAIL_SKIP_CAUSES = {
  searchFolder: {
    as: 'excluded',
    code: 'search-folder',
    because:
      'A saved search shows messages of other folders and holds none. [Graph documentation: resources/mailsearchfolder.md]',
  },
} as const satisfies Record<string, SkipCause>;
