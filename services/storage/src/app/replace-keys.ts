import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { CreateVault, type UnreachedDestination, type VaultObject } from './create-vault.js';
import { KeyObjects } from './key-objects.port.js';
import { Vaults } from './vaults.port.js';

const KINDS = ['provider', 'passphrase', 'recovery'];

/** Puts key objects in the place of others: the new ones are written before any old one goes. Safe to repeat. */
@Injectable()
export class ReplaceKeys {
  constructor(
    private readonly vaults: Vaults,
    private readonly keys: KeyObjects,
    private readonly createVault: CreateVault,
  ) {}

  /** Destinations that are away: they change their key objects when they answer. */
  async run(
    tenant: TenantId,
    vault: VaultId,
    { kind, objects }: { readonly kind: string; readonly objects: readonly VaultObject[] },
  ): Promise<readonly UnreachedDestination[]> {
    const isOfKind = ({ name }: VaultObject) => /^keys\/[0-9a-f]{32}\/([a-z]+)-/.exec(name)?.[1] === kind;
    if (!KINDS.includes(kind) || objects.length === 0 || !objects.every(isOfKind))
      throw new AppError('INVALID_ARGUMENT', 'objects have to be key objects of the kind, at least one.', {
        context: { field: 'objects', rule: KINDS.join(', ') },
      });
    const destinations = await this.vaults.destinationsOf(tenant, vault);
    const unreached = await this.createVault.run(tenant, vault, { destinations, objects });
    const names = objects.map(({ name }) => name);
    await this.keys.keepOnly(tenant, vault, kind, names);
    return unreached;
  }
}
