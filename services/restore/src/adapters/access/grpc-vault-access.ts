import type { KeyServiceController, VaultKeys as WireKeys } from '@holdfast/contracts/auth/v1';
import type { SnapshotServiceController } from '@holdfast/contracts/storage/v1';
import { type Clock, type SnapshotId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { Certificates, GrpcClient, GrpcConnection } from '@holdfast/platform';
import { type ChunkSource, deriveVaultKeys, openVaultHeader, rootKeyFromBytes } from '@holdfast/vault';
import { PlaceTransport, signingKeysFrom, StorageChunkSource } from '@holdfast/worker';
import { type GivenSnapshot, type Reading, VaultAccess, type VaultSecrets } from '../../app/vault-access.port.js';

/** Keys from auth, snapshots and chunks from storage. */
export class GrpcVaultAccess extends VaultAccess {
  readonly #keys: GrpcClient<KeyServiceController>;
  readonly #snapshots: GrpcClient<SnapshotServiceController>;
  readonly #transport: PlaceTransport;

  constructor(
    auth: GrpcConnection,
    private readonly storage: GrpcConnection,
    private readonly clock: Clock,
    certificates?: Certificates,
  ) {
    super();
    this.#transport = new PlaceTransport(certificates);
    this.#keys = auth.client<KeyServiceController>('KeyService', { repeatable: ['openVault', 'openVaultToRead'] });
    this.#snapshots = storage.client<SnapshotServiceController>('SnapshotService', { repeatable: ['getSnapshot'] });
  }

  override async openToRead(tenant: TenantId, vault: VaultId, reading: Reading): Promise<VaultSecrets> {
    return secretsFrom(await this.#keys.openVaultToRead({ tenantId: tenant, vaultId: vault, ...reading }));
  }

  override async openForTask(grant: string): Promise<VaultSecrets> {
    return secretsFrom(await this.#keys.openVault({ grant }));
  }

  override async sealedSnapshot(tenant: TenantId, vault: VaultId, snapshot: SnapshotId): Promise<GivenSnapshot> {
    const named = { tenantId: tenant, vaultId: vault, snapshotId: snapshot };
    const { sealed, keptForMs } = await this.#snapshots.getSnapshot(named);
    return { sealed, keptForMs };
  }

  override chunks(tenant: TenantId, vault: VaultId): ChunkSource {
    return new StorageChunkSource(this.storage, { tenantId: tenant, vaultId: vault }, this.#transport, this.clock);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

function secretsFrom({ rootKeys, header, signingKeys }: WireKeys): VaultSecrets {
  const roots = rootKeys.map(({ key }) => rootKeyFromBytes(key));
  const { cipher } = openVaultHeader(header, deriveVaultKeys(roots).headerKey);
  return { keys: deriveVaultKeys(roots, cipher), signingKeys: signingKeysFrom(signingKeys) };
}
