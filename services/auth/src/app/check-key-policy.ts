import type { TenantId, VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { hasPassphrase } from '../domain/key-kind.js';
import { demandEscrow, KeyPolicy } from './key-policy.js';
import { isEscrowed, ReadKeyObjects } from './read-key-objects.js';
import { Vaults } from './vaults.port.js';

/** Whether a vault that exists may take a further set, by what the provider asks of its keys. */
@Injectable()
export class CheckKeyPolicy {
  constructor(
    private readonly vaults: Vaults,
    private readonly keys: ReadKeyObjects,
    private readonly policy: KeyPolicy,
  ) {}

  /** Destinations are asked only where the policy asks for something. */
  async run(tenant: TenantId, vaultId: VaultId): Promise<void> {
    const vault = await this.vaults.get(tenant, vaultId);
    if (!this.policy.isEscrowRequired || !hasPassphrase(vault.keyKind)) return;
    demandEscrow(this.policy, {
      ...vault,
      isEscrowed: isEscrowed(await this.keys.run(vault)),
      remedy: 'Put this one’s into escrow first: `holdfast vault key escrow`, for a set that it has.',
    });
  }
}
