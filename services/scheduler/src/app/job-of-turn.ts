import { parseJobId, type JobId, type VaultId } from '@holdfast/kernel';
import { createHash } from 'node:crypto';

/** The one job of a vault's turn, whoever starts it and however often it is tried. */
export function jobOfTurn(vaultId: VaultId, turnMs: number): JobId {
  return jobOf(`${vaultId} ${turnMs}`);
}

/** The one job that follows something by itself, whoever starts it and however often it is tried. */
export function jobAfter(id: string): JobId {
  return jobOf(`after ${id}`);
}

function jobOf(occasion: string): JobId {
  const hex = createHash('sha256').update(occasion).digest('hex');
  // Version 8 of RFC 9562: bits of the application's own choosing.
  const [first, second] = [hex.slice(0, 8), hex.slice(8, 12)];
  return parseJobId(`${first}-${second}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`);
}
