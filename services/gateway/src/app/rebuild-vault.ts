import type { FoundVault, VaultSecret } from '@holdfast/contracts/auth/v1';
import type { Job } from '@holdfast/contracts/scheduler/v1';
import type { TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Peers } from './peers.port.js';

/** What opens a vault, as the API takes it. */
export type GivenSecret =
  | { readonly kind: 'key'; readonly keys: readonly string[] }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recovery'; readonly recoveryKey: string }
  | { readonly kind: 'provider' | 'off' };

export interface WantedRebuild {
  readonly destinationIds: readonly string[];
  readonly secret: GivenSecret;
  readonly vaultId?: string | undefined;
  readonly lookOnly: boolean;
}

export interface BegunRebuild {
  readonly found: FoundVault;
  /** Undefined where it was only looked. */
  readonly job: Job | undefined;
  readonly warnings: readonly string[];
}

/** Looking through a destination stretches passphrases and reads some hundred snapshots. */
const DEADLINE_MS = 180_000;

/** Finds the vault that a secret opens; then has auth take it in, and scheduler start the job that fills its index. */
@Injectable()
export class RebuildVault {
  constructor(private readonly peers: Peers) {}

  async run(tenant: TenantId, { destinationIds, secret, vaultId, lookOnly }: WantedRebuild): Promise<BegunRebuild> {
    const wanted = { tenantId: tenant, destinationIds: [...destinationIds], secret: wireSecret(secret) };
    const deadline = { deadlineMs: DEADLINE_MS };
    const found = await this.peers.keys.findVault({ ...wanted, vaultId: vaultId ?? '' }, deadline);
    if (lookOnly) return { found, job: undefined, warnings: [] };
    const { warnings } = await this.peers.keys.adoptVault({ ...wanted, vaultId: found.vaultId }, deadline);
    const job = await this.peers.jobs.startRebuild({ tenantId: tenant, vaultId: found.vaultId });
    return { found, job, warnings };
  }
}

/** As auth takes it. */
export function wireSecret(secret: GivenSecret): VaultSecret {
  return {
    rootKeys: secret.kind === 'key' ? [...secret.keys] : [],
    passphrase: secret.kind === 'passphrase' ? secret.passphrase : '',
    recoveryKey: secret.kind === 'recovery' ? secret.recoveryKey : '',
    providerKey: secret.kind === 'provider',
    unencrypted: secret.kind === 'off',
  };
}
