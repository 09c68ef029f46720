import { deletionTermsFrom, rewritingTermsFrom } from '@holdfast/contracts';
import type { Job } from './jobs.port.js';

/** What has a job's work done again, in an operator's words. A repeat reads what is missing, and nothing twice. */
export function replayOf({ kind, ...of }: Job): string {
  const backupSetId = of.backupSetId ?? '';
  switch (kind) {
    case 'backup':
      return `holdfast backup run ${backupSetId}`;
    case 'restore':
      return `holdfast restore perform ${of.planId ?? ''}`;
    case 'retention':
      return `holdfast retention run ${backupSetId}`;
    case 'freeing':
      return `holdfast freeing run ${backupSetId}`;
    case 'rebuild':
      return 'holdfast vault rebuild, with the same destinations and key; it goes on with what it has';
    case 'deletion':
      return `holdfast deletion run ${deletionTermsFrom(of.termsJson).deletionId}`;
    case 'rewriting': {
      const terms = rewritingTermsFrom(of.termsJson);
      // Another follows by itself for as long as bytes of a deletion are left.
      return 'deletionId' in terms ? `holdfast deletion run ${terms.deletionId}` : 'scheduler does that by itself';
    }
    case 'check':
      return `holdfast vault check ${of.vaultId}`;
  }
}
