import type { KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { Clock, TenantId, VaultId } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import { signingKeysFrom } from '@holdfast/worker';
import { IndexKeys, type VaultIndexKey } from '../../app/index-keys.port.js';
import { ExpiringMap } from './expiring-map.js';

const KEPT_MS = 60_000;
const MAX_KEYS = 10_000;

/** Asks auth for index keys, and keeps them in memory for a minute. */
export class AuthIndexKeys extends IndexKeys {
  readonly #keys: ExpiringMap<Promise<VaultIndexKey>>;

  constructor(
    private readonly auth: GrpcClient<KeyServiceController>,
    clock: Clock,
  ) {
    super();
    this.#keys = new ExpiringMap(clock, { keptMs: KEPT_MS, maxEntries: MAX_KEYS });
  }

  override of(tenant: TenantId, vault: VaultId): Promise<VaultIndexKey> {
    return this.#keys.get(`${tenant} ${vault}`, async () => {
      const request = { tenantId: tenant, vaultId: vault };
      const [{ keyBits }, { key, generation, signingKeys }] = await Promise.all([
        this.auth.getVault(request),
        this.auth.getIndexKey(request),
      ]);
      return {
        key,
        cipher: keyBits === 128 ? 'aes-128-gcm' : 'aes-256-gcm',
        generation,
        signingKeys: signingKeysFrom(signingKeys),
      };
    });
  }
}
