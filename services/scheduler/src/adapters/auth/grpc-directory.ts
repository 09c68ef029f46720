import type { DirectoryServiceController } from '@holdfast/contracts/auth/v1';
import type { TenantId, Workload } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { Directory, type MeasuredAccounts, type NamedAccount } from '../../app/directory.port.js';

const PAGE_SIZE = 999;
/** One page of a large directory, with Microsoft's throttling in between. */
const PAGE_DEADLINE_MS = 120_000;

/** Accounts as auth reads them from Microsoft. */
export class GrpcDirectory extends Directory {
  readonly #auth: GrpcClient<DirectoryServiceController>;

  constructor(auth: GrpcConnection) {
    super();
    this.#auth = auth.client<DirectoryServiceController>('DirectoryService', {
      repeatable: ['listAccounts', 'measureAccounts'],
    });
  }

  override async *accounts(tenant: TenantId): AsyncGenerator<readonly NamedAccount[]> {
    let pageToken = '';
    do {
      const page = await this.#auth.listAccounts(
        { tenantId: tenant, pageToken, pageSize: PAGE_SIZE, startsWith: '' },
        { deadlineMs: PAGE_DEADLINE_MS },
      );
      yield page.accounts.map(({ accountId, isLicensed, userPrincipalName }) => ({
        accountId,
        isLicensed,
        principalName: userPrincipalName,
      }));
      pageToken = page.nextPageToken;
    } while (pageToken);
  }

  override async usage(
    tenant: TenantId,
    workload: Workload,
    principalNames: readonly string[],
  ): Promise<MeasuredAccounts> {
    const { accounts, asOfDay } = await this.#auth.measureAccounts(
      { tenantId: tenant, workload, userPrincipalNames: [...principalNames] },
      { deadlineMs: PAGE_DEADLINE_MS },
    );
    const usage = accounts.map(({ isKnown, items, bytes }) => (isKnown ? { items, bytes } : undefined));
    return { usage, day: asOfDay };
  }
}
