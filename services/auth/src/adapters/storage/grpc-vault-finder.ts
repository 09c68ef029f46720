import type { VaultServiceController } from '@holdfast/contracts/storage/v1';
import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import type { VaultCipher } from '@holdfast/vault';
import {
  VaultFinder,
  type DestinationTest,
  type NamedObject,
  type NewGeneration,
  type VaultAtDestination,
  type VaultSurvey,
} from '../../app/vault-finder.port.js';

/** Looking through a destination, or at some hundred snapshots of it. */
const LOOK_DEADLINE_MS = 120_000;

/** Asks storage, which alone reads destinations. */
export class GrpcVaultFinder extends VaultFinder {
  readonly #storage: GrpcClient<VaultServiceController>;

  constructor(storage: GrpcConnection) {
    super();
    this.#storage = storage.client<VaultServiceController>('VaultService', {
      repeatable: ['lookForVaults', 'testDestination', 'surveyVault', 'adoptVault'],
    });
  }

  override test(
    tenant: TenantId,
    destination: DestinationId,
    place: { readonly settingsJson: string; readonly credentialsJson: string },
    vaults: readonly { readonly vaultId: VaultId; readonly header: Uint8Array }[],
  ): Promise<DestinationTest> {
    const wired = vaults.map(({ vaultId, header }) => ({ vaultId, header: Buffer.from(header) }));
    return this.#storage.testDestination(
      { tenantId: tenant, destinationId: destination, ...place, vaults: wired },
      { deadlineMs: LOOK_DEADLINE_MS },
    );
  }

  override async *vaultsAt(
    tenant: TenantId,
    destination: DestinationId,
    vault?: VaultId,
  ): AsyncGenerator<VaultAtDestination> {
    const of = { tenantId: tenant, destinationId: destination, vaultId: vault ?? '' };
    let pageToken = '';
    do {
      const page = await this.#storage.lookForVaults({ ...of, pageToken }, { deadlineMs: LOOK_DEADLINE_MS });
      yield* page.vaults;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  override survey(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    { indexKey, cipher }: { readonly indexKey: Uint8Array; readonly cipher: VaultCipher },
  ): Promise<VaultSurvey> {
    const keyBits = cipher === 'aes-128-gcm' ? 128 : 256;
    const of = { tenantId: tenant, vaultId: vault, destinationId: destination };
    return this.#storage.surveyVault(
      { ...of, indexKey: Buffer.from(indexKey), keyBits },
      { deadlineMs: LOOK_DEADLINE_MS },
    );
  }

  override async adopt(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
    { generation, note, objects }: NewGeneration,
  ): Promise<readonly string[]> {
    const { unreached } = await this.#storage.adoptVault({
      tenantId: tenant,
      vaultId: vault,
      destinationIds: [...destinations],
      generation,
      generationNote: wire(note),
      objects: objects.map(wire),
    });
    return unreached.map(({ message }) => message);
  }
}

const wire = ({ name, content }: NamedObject) => ({ name, content: Buffer.from(content) });
