import {
  acquireAppToken,
  AppTokenSource,
  GraphClient,
  IDENTITY_COST,
  listLicences,
  sharePointSeats,
  listUsersPage,
  LocalBudget,
  parseAnswer,
  readUsage,
  testConnection,
  Transport,
  type AccountUsage,
  type AppToken,
  type ConnectionReport,
  type DirectoryUser,
  type UsageOf,
} from '@holdfast/graph';
import type { Clock } from '@holdfast/kernel';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Microsoft, type CloudAddresses, type SignedTenant } from '../../app/microsoft.port.js';
import type { TenantSize } from '../../app/tenants.port.js';
import type { Cloud, Clouds } from './clouds.js';

/** What auth itself asks of a directory is little; the smallest tier fits any tenant. */
const OWN_SIZE = { licences: 0, users: 0 };

/** Microsoft through libs/graph. One transport per cloud, closed with the service. */
export class GraphMicrosoft extends Microsoft {
  readonly #transports = new Map<string, Transport>();

  constructor(
    private readonly clouds: Clouds,
    private readonly clock: Clock,
  ) {
    super();
  }

  override addresses(cloud: string): CloudAddresses {
    const { settings, ...limits } = this.clouds.byName(cloud);
    return { graphBaseUrl: settings.graphBaseUrl, caPem: settings.caPem ?? '', ...limits };
  }

  override signIn({ tenant, credential }: SignedTenant): Promise<AppToken> {
    const cloud = this.clouds.byName(tenant.cloud);
    return acquireAppToken(
      { cloud: cloud.settings, transport: this.#transport(cloud), clock: this.clock },
      tenant,
      credential,
    );
  }

  override async test(signed: SignedTenant): Promise<ConnectionReport> {
    const { roles } = await this.signIn(signed);
    return testConnection(this.#client(signed), roles);
  }

  override async listAccounts(
    signed: SignedTenant,
    page: { readonly size: number; readonly token: string; readonly startsWith: string },
  ): Promise<{ readonly accounts: readonly DirectoryUser[]; readonly nextToken: string }> {
    return listUsersPage(this.#client(signed), page);
  }

  override usage(signed: SignedTenant, workload: UsageOf): AsyncIterable<AccountUsage> {
    return readUsage(this.#client(signed), workload);
  }

  override async size(signed: SignedTenant): Promise<TenantSize> {
    const client = this.#client(signed);
    const licences = await listLicences(client);
    const count = await client.json({
      path: '/users?$select=id&$top=1&$count=true',
      headers: { ConsistencyLevel: 'eventual' },
      demand: { bucket: 'identity', cost: IDENTITY_COST.users },
    });
    return {
      licences: sharePointSeats(licences),
      users: parseAnswer(countSchema, count)['@odata.count'],
    };
  }

  async close(): Promise<void> {
    for (const transport of this.#transports.values()) await transport.close();
  }

  #client(signed: SignedTenant): GraphClient {
    const cloud = this.clouds.byName(signed.tenant.cloud);
    return new GraphClient({
      cloud: cloud.settings,
      transport: this.#transport(cloud),
      tokens: new AppTokenSource(() => this.signIn(signed), this.clock),
      budget: new LocalBudget({ clock: this.clock, size: OWN_SIZE }),
      clock: this.clock,
      random: randomBytes,
    });
  }

  #transport({ settings }: Cloud): Transport {
    const known = this.#transports.get(settings.name);
    if (known) return known;
    const made = new Transport(settings.caPem === undefined ? {} : { caPem: settings.caPem });
    this.#transports.set(settings.name, made);
    return made;
  }
}

const countSchema = z.object({ '@odata.count': z.int().min(0) });
