import { AppError, type VaultId } from '@holdfast/kernel';
import { hasPassphrase, type KeyKind } from '../domain/key-kind.js';
import type { Strength } from '../domain/passphrase-verdict.js';

/** What the provider asks of vaults that a passphrase opens. */
export abstract class KeyPolicy {
  /** A weaker passphrase is refused. */
  abstract readonly leastStrength: Strength;
  abstract readonly isEscrowRequired: boolean;
}

interface ToEscrow {
  readonly keyKind: KeyKind;
  readonly isEscrowed: boolean;
  readonly vaultId?: VaultId;
  /** What to do, in a sentence. */
  readonly remedy: string;
}

/** FAILED_PRECONDITION where the provider wants what a passphrase opens to be in escrow, and it is not. */
export function demandEscrow(policy: KeyPolicy, { keyKind, isEscrowed, vaultId, remedy }: ToEscrow): void {
  if (!policy.isEscrowRequired || isEscrowed || !hasPassphrase(keyKind)) return;
  throw new AppError(
    'FAILED_PRECONDITION',
    `The provider of this installation asks that the keys of every vault with a passphrase are in escrow, so that a forgotten one loses no backup. ${remedy}`,
    { context: vaultId === undefined ? { field: 'escrow' } : { vaultId } },
  );
}
