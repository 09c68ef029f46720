import { AppError, isAppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { VaultFinder, type NamedObject } from './vault-finder.port.js';
import type { VaultRow } from './vaults.port.js';

/** Reads what closes a vault's root keys, as the first destination that answers has it. */
@Injectable()
export class ReadKeyObjects {
  constructor(private readonly finder: VaultFinder) {}

  /** The failure of the last destination where none answers; NOT_FOUND where none has the vault. */
  async run({ tenantId, vaultId, destinationIds }: VaultRow): Promise<readonly NamedObject[]> {
    let failure: AppError | undefined;
    for (const destination of destinationIds)
      try {
        const [found] = await Array.fromAsync(this.finder.vaultsAt(tenantId, destination, vaultId));
        if (found) return found.keys;
      } catch (error) {
        if (!isAppError(error)) throw error;
        failure = error;
      }
    throw failure ?? new AppError('NOT_FOUND', 'No destination holds the vault.', { context: { vaultId } });
  }
}

/** Whether a recovery key opens the vault. */
export function isEscrowed(keys: readonly NamedObject[]): boolean {
  return keys.some(({ name }) => name.includes('/recovery-'));
}
