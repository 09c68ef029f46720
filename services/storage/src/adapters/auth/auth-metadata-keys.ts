import type { KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { GrpcClient } from '@holdfast/platform';
import { type KeyId, openVaultHeader, type VaultKeys } from '@holdfast/vault';
import { MetadataKeys } from '../../app/metadata-keys.port.js';

/** Asks auth; keeps nothing. */
export class AuthMetadataKeys extends MetadataKeys {
  constructor(private readonly auth: GrpcClient<KeyServiceController>) {
    super();
  }

  override async lease(grant: string): Promise<VaultKeys> {
    const { ring, header, ...keys } = await this.auth.openVaultToMark({ grant });
    return {
      ...keys,
      cipher: openVaultHeader(header, keys.headerKey).cipher,
      ring: ring.map(({ keyId, meta }) => ({ keyId: keyId as KeyId, meta })),
    };
  }
}
