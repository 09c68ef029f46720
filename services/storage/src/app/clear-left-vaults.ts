import type { Destination } from '@holdfast/destinations';
import { isAppError } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { VAULT_HEADER_OBJECT } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { deleteObject } from './delete-object.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { Vaults, type LeftVault } from './vaults.port.js';

/** Below it lie the wrapped keys. */
const KEYS_PREFIX = 'keys/';
/** Destinations that one round clears. */
const A_ROUND = 16;

/** Removes header and wrapped keys of discarded vaults from their destinations. Nothing else can lie there, and nothing else is touched. */
@Injectable()
export class ClearLeftVaults {
  constructor(
    private readonly vaults: Vaults,
    private readonly directory: DestinationDirectory,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    await Promise.all((await this.vaults.takeLeft(A_ROUND)).map((left) => this.#clear(left)));
  }

  async #clear(left: LeftVault): Promise<void> {
    const { tenantId, vaultId, destinationId } = left;
    try {
      const destination = await this.directory.open(tenantId, vaultId, destinationId);
      if (!(await isCleared(destination))) return;
    } catch (error) {
      // A destination that was removed takes with it how to reach it.
      if (!isAppError(error, 'NOT_FOUND')) {
        this.logger.warn('A destination keeps what it has of a discarded vault; it is tried again', { ...left, error });
        return;
      }
    }
    await this.vaults.noteCleared(left);
  }
}

/** Whether nothing is left; what is locked goes when a later round finds its lock ended. */
async function isCleared(destination: Destination): Promise<boolean> {
  let isAll = true;
  const remove = async (name: string) => {
    const { is } = await deleteObject(destination, name);
    isAll &&= is !== 'locked';
  };
  for await (const { name } of destination.list(KEYS_PREFIX)) await remove(name);
  await remove(VAULT_HEADER_OBJECT);
  return isAll;
}
