import { isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DestinationDirectory } from './destination-directory.port.js';
import { ObjectPlaces } from './object-places.port.js';
import { Vaults } from './vaults.port.js';

/** The header, or a wrapped key. */
export interface VaultObject {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface NewVault {
  /** In order: the first takes the first copy. At least one. */
  readonly destinations: readonly DestinationId[];
  readonly objects: readonly VaultObject[];
}

/** Writes a new vault's header and keys to its first destination; the others owe a copy. Safe to repeat. */
@Injectable()
export class CreateVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
  ) {}

  async run(tenant: TenantId, vault: VaultId, { destinations, objects }: NewVault): Promise<void> {
    await this.vaults.create(tenant, vault, destinations);
    for (const id of destinations) await (await this.directory.open(tenant, vault, id)).claim();
    const [first] = destinations;
    if (first === undefined) return;
    const destination = await this.directory.open(tenant, vault, first);
    for (const { name, content } of objects) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const terms = { bytes: content.byteLength, sha256, ifAbsent: true };
      await destination.put(name, content, terms).catch(leaveExisting);
      await this.places.add(tenant, vault, { name, ...terms }, first);
    }
  }
}

/** For a put that is repeated: what an earlier one wrote is the same, because a name says what is in it. */
export function leaveExisting(error: unknown): void {
  if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
}
