import type { DestinationServiceController } from '@holdfast/contracts/auth/v1';
import {
  type Destination,
  openDestination,
  parseDestinationCredentials,
  parseDestinationSettings,
} from '@holdfast/destinations';
import { AppError, type Clock, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import { randomBytes } from 'node:crypto';
import { DestinationDirectory } from '../../app/destination-directory.port.js';
import { vaultPrefix } from '../../app/vault-prefix.js';
import { ExpiringMap } from './expiring-map.js';

/** How long credentials are used before auth is asked again. */
const KEPT_MS = 60_000;
/** Destinations kept open; each has connections of its own. */
const MAX_OPEN = 256;

/** Asks auth for settings and credentials. */
export class AuthDestinationDirectory extends DestinationDirectory {
  readonly #open: ExpiringMap<Promise<Destination>>;

  constructor(
    private readonly auth: GrpcClient<DestinationServiceController>,
    private readonly clock: Clock,
  ) {
    super();
    this.#open = new ExpiringMap(clock, { keptMs: KEPT_MS, maxEntries: MAX_OPEN });
  }

  override open(tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<Destination> {
    return this.#open.get(`${tenant} ${vault} ${destination}`, () =>
      this.#fetch(tenant, destination, vaultPrefix(tenant, vault)),
    );
  }

  override openBelow(tenant: TenantId, destination: DestinationId, prefix: string): Promise<Destination> {
    return this.#fetch(tenant, destination, prefix);
  }

  override openForTest(tenant: TenantId, destination: DestinationId): Promise<Destination> {
    return this.#fetch(tenant, destination, 'test');
  }

  async #fetch(tenant: TenantId, destinationId: DestinationId, prefix: string): Promise<Destination> {
    const { destination, credentialsJson } = await this.auth.getDestinationSecrets({ tenantId: tenant, destinationId });
    if (!destination)
      throw new AppError('NOT_FOUND', `There is no destination ${destinationId}.`, { context: { destinationId } });
    const settings = parseDestinationSettings(JSON.parse(destination.settingsJson));
    const credentials = parseDestinationCredentials(
      credentialsJson === '' ? { kind: settings.kind } : JSON.parse(credentialsJson),
    );
    return openDestination({ settings, credentials, prefix }, { clock: this.clock, randomBytes });
  }
}
