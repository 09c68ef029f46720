import type { DirectoryServiceController } from '@holdfast/contracts/auth/v1';
import type { TenantId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { Directory } from '../../app/directory.port.js';
import type { Account } from '../../domain/selection.js';

const PAGE_SIZE = 999;
/** One page of a large directory, with Microsoft's throttling in between. */
const PAGE_DEADLINE_MS = 120_000;

/** Accounts as auth reads them from Microsoft. */
export class GrpcDirectory extends Directory {
  readonly #auth: GrpcClient<DirectoryServiceController>;

  constructor(auth: GrpcConnection) {
    super();
    this.#auth = auth.client<DirectoryServiceController>('DirectoryService', { repeatable: ['listAccounts'] });
  }

  override async *accounts(tenant: TenantId): AsyncGenerator<readonly Account[]> {
    let pageToken = '';
    do {
      const page = await this.#auth.listAccounts(
        { tenantId: tenant, pageToken, pageSize: PAGE_SIZE, startsWith: '' },
        { deadlineMs: PAGE_DEADLINE_MS },
      );
      yield page.accounts.map(({ accountId, isLicensed }) => ({ accountId, isLicensed }));
      pageToken = page.nextPageToken;
    } while (pageToken);
  }
}
