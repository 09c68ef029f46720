import type { SkipCause } from '../reader.port.js';

/** The closed list of reasons for which something of a drive is left out for good. */
export const DRIVE_SKIP_CAUSES = {
  malware: {
    as: 'skipped',
    code: 'malware',
    because:
      'The service found malware in the file and does not hand it out. [Graph documentation: resources/malware.md]',
  },
} as const satisfies Record<string, SkipCause>;
