import type { DestinationServiceController } from '@holdfast/contracts/auth/v1';
import {
  type Destination,
  type DestinationCredentials,
  type DestinationSettings,
  openDestination,
  parseDestinationCredentials,
  parseDestinationSettings,
} from '@holdfast/destinations';
import { AppError, isAppError, type Clock, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import { randomBytes } from 'node:crypto';
import { DestinationDirectory } from '../../app/destination-directory.port.js';
import type { DestinationPacers } from '../../app/destination-pacers.js';
import { TracedDestination } from '../../app/traced-destination.js';
import { vaultPrefix } from '../../app/vault-prefix.js';
import { ExpiringMap } from './expiring-map.js';

/** How long settings and credentials are used before auth is asked whether they have changed. */
const BELIEVED_MS = 10_000;
/** How long they are used while auth does not answer. */
const STALE_MS = 60_000;
/** Destinations kept open; each has connections of its own. */
const MAX_OPEN = 256;

/** What auth keeps of a destination. */
interface Kept {
  readonly settings: DestinationSettings;
  readonly credentials: DestinationCredentials;
  readonly version: number;
  readonly readAt: number;
}

/** Asks auth for settings and credentials, again and again: a change is taken up within ten seconds, and open connections outlive the asking. */
export class AuthDestinationDirectory extends DestinationDirectory {
  readonly #asked: ExpiringMap<Promise<Kept>>;
  /** The last answers, by tenant and destination. */
  readonly #kept = new Map<string, Kept>();
  readonly #open = new Map<string, { readonly destination: Destination; readonly version: number }>();

  constructor(
    private readonly auth: GrpcClient<DestinationServiceController>,
    private readonly clock: Clock,
    private readonly pacers: DestinationPacers,
  ) {
    super();
    this.#asked = new ExpiringMap(clock, { keptMs: BELIEVED_MS, maxEntries: MAX_OPEN });
  }

  override async open(tenant: TenantId, vault: VaultId, id: DestinationId): Promise<Destination> {
    const kept = await this.#latest(tenant, id);
    const key = `${tenant} ${vault} ${id}`;
    const opened = this.#open.get(key);
    if (opened?.version === kept.version) return opened.destination;
    const inner = await this.#openWith(kept, vaultPrefix(tenant, vault));
    const { bandwidth } = kept.settings;
    const paced = bandwidth ? this.pacers.limit(tenant, id, { inner, bandwidth }) : inner;
    const destination = new TracedDestination(paced, tenant, id);
    put(this.#open, key, { destination, version: kept.version });
    return destination;
  }

  override async openBelow(tenant: TenantId, destination: DestinationId, prefix: string): Promise<Destination> {
    return this.#openWith(await this.#fetch(tenant, destination), prefix);
  }

  override openForTest(tenant: TenantId, destination: DestinationId): Promise<Destination> {
    return this.openBelow(tenant, destination, 'test');
  }

  #openWith({ settings, credentials }: Kept, prefix: string): Promise<Destination> {
    return openDestination({ settings, credentials, prefix }, { clock: this.clock, randomBytes });
  }

  async #latest(tenant: TenantId, destination: DestinationId): Promise<Kept> {
    const key = `${tenant} ${destination}`;
    try {
      const kept = await this.#asked.get(key, () => this.#fetch(tenant, destination));
      put(this.#kept, key, kept);
      return kept;
    } catch (error) {
      const last = this.#kept.get(key);
      const isUsable = last !== undefined && this.clock.now() - last.readAt < STALE_MS;
      if (isUsable && isAppError(error) && error.retry === 'later') return last;
      throw error;
    }
  }

  async #fetch(tenant: TenantId, destinationId: DestinationId): Promise<Kept> {
    const readAt = this.clock.now();
    const { destination, credentialsJson } = await this.auth.getDestinationSecrets({ tenantId: tenant, destinationId });
    if (!destination)
      throw new AppError('NOT_FOUND', `There is no destination ${destinationId}.`, { context: { destinationId } });
    const settings = parseDestinationSettings(JSON.parse(destination.settingsJson));
    const credentials = parseDestinationCredentials(
      credentialsJson === '' ? { kind: settings.kind } : JSON.parse(credentialsJson),
    );
    return { settings, credentials, version: destination.version, readAt };
  }
}

/** The entry that was put longest ago is forgotten for it where there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_OPEN && oldest !== undefined) map.delete(oldest);
}
