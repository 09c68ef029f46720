import type { CheckedStep, Destination } from '@holdfast/destinations';
import { isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { VAULT_HEADER_OBJECT } from '@holdfast/vault';
import { buffer } from 'node:stream/consumers';
import { ObjectPlaces } from './object-places.port.js';
import { vaultPrefix } from './vault-prefix.js';

/** A vault of the destination, and its header object as every destination holds it. */
export interface HeldVault {
  readonly vaultId: VaultId;
  readonly header: Uint8Array;
}

/** A place that a destination is to be at, seen below any prefix. */
export interface NewPlace {
  readonly vaults: readonly HeldVault[];
  readonly open: (prefix: string) => Promise<Destination>;
}

/** Whether a place holds the vaults that a destination holds: settings may lead another way to the same objects, and nowhere else. */
@Injectable()
export class FindHeldVaults {
  constructor(private readonly places: ObjectPlaces) {}

  async run(tenant: TenantId, destination: DestinationId, { vaults, open }: NewPlace): Promise<CheckedStep> {
    let found = 0;
    for (const { vaultId, header } of vaults) {
      const holders = await this.places.holdersOf(tenant, vaultId, [VAULT_HEADER_OBJECT]);
      // What it has not been given yet it will be given at the new place.
      if (holders.get(VAULT_HEADER_OBJECT)?.includes(destination) !== true) continue;
      const trouble = await troubleAt(await open(vaultPrefix(tenant, vaultId)), header);
      if (trouble !== undefined) return failed(`${trouble} Vault: ${vaultId}.`);
      found += 1;
    }
    return { step: 'vault', outcome: 'ok', words: `The place holds the vaults of the destination (${found}).` };
  }
}

const OTHER_PLACE =
  'The place does not hold what the vault has at this destination. Correct the settings, or copy everything there first, with its names; or add the place as another destination, which is then seeded.';

async function troubleAt(destination: Destination, header: Uint8Array): Promise<string | undefined> {
  try {
    const head = await destination.head(VAULT_HEADER_OBJECT);
    if (head?.bytes !== header.byteLength) return OTHER_PLACE;
    return (await buffer(await destination.get(VAULT_HEADER_OBJECT))).equals(header) ? undefined : OTHER_PLACE;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.message;
  }
}

const failed = (words: string): CheckedStep => ({ step: 'vault', outcome: 'failed', words });
