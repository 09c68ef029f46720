import { AppError, type TenantId } from '@holdfast/kernel';
import type { Logger } from '@holdfast/platform';
import type { SecretBox } from './secret-box.port.js';
import type { Tenants } from './tenants.port.js';

const TENANTS_AT_ONCE = 500;

/**
 * Tells at a start whether the provider's keys are those of this database, by the credential of every tenant. INVALID_CONFIG where they open none: with
 * such a start everything fails, and what it sealed would open for nobody else.
 */
export class CheckProviderKeys {
  constructor(
    private readonly tenants: Tenants,
    private readonly box: SecretBox,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    const counts = { present: 0, further: 0, none: 0 };
    let after: TenantId | undefined;
    let read: number;
    do {
      const page = await this.tenants.sealedCredentials(after, TENANTS_AT_ONCE);
      for (const { tenantId, sealed } of page) counts[this.box.sealedUnder(tenantId, 'credential', sealed)] += 1;
      after = page.at(-1)?.tenantId;
      read = page.length;
    } while (read === TENANTS_AT_ONCE);
    this.#tell(counts);
  }

  #tell({
    present,
    further,
    none,
  }: {
    readonly present: number;
    readonly further: number;
    readonly none: number;
  }): void {
    if (none > 0 && present + further === 0)
      throw new AppError(
        'INVALID_CONFIG',
        `PROVIDER_KEY (in one process: providerKey in secrets.json) opens nothing in this database: the credentials of its ${none} tenants were sealed under another key. ` +
          'Nothing was changed. Start with the key that it had; to replace that key, give it in FURTHER_PROVIDER_KEYS (there: furtherProviderKeys) beside the new one.',
        { context: { field: 'PROVIDER_KEY', rule: 'the key that sealed what the database holds' } },
      );
    if (none > 0)
      this.logger.error(
        'A provider key is missing: the credentials of some tenants open under none that is given, and their jobs fail. Give the key in FURTHER_PROVIDER_KEYS (in one process: furtherProviderKeys in secrets.json) and run `holdfast provider-key rewrap`',
        { tenants: none, opened: present + further },
      );
    else if (further > 0)
      this.logger.warn(
        'Some tenants still need a key of FURTHER_PROVIDER_KEYS (in one process: furtherProviderKeys in secrets.json): do not drop it before `holdfast provider-key rewrap` has ended with nothing remaining',
        { tenants: further },
      );
  }
}
