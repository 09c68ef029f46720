import { AppError, Clock, isAppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Destinations } from './destinations.port.js';
import { RewrapVault, type Kept } from './rewrap-vault.js';
import { SecretBox } from './secret-box.port.js';
import { Tenants } from './tenants.port.js';
import { Vaults } from './vaults.port.js';

const TENANTS_AT_ONCE = 50;
const ROWS_AT_ONCE = 100;
/** Destinations are written to, and whoever asks waits: after this a page ends behind the vault it is at. */
const PAGE_MS = 30_000;

/** How many secrets there are of each state. A credential is one, a vault's keys in the database are one, their wraps at destinations are one. */
export interface RewrapCounts {
  /** Under the present key before. */
  readonly present: number;
  /** Under the present key now. */
  readonly rewrapped: number;
  /** Under a further key still. */
  readonly remaining: number;
  /** Under no key that is given. */
  readonly lost: number;
}

export interface RewrapFailure {
  readonly tenantId: TenantId;
  readonly vaultId?: VaultId;
  readonly message: string;
}

/** Where a page begins: behind this tenant, or in it behind this vault. */
export interface RewrapPlace {
  readonly tenantId: TenantId;
  readonly vaultId?: VaultId;
}

export interface RewrappedPage {
  readonly counts: RewrapCounts;
  readonly failures: readonly RewrapFailure[];
  /** Undefined when all was looked at. */
  readonly next: RewrapPlace | undefined;
}

/**
 * Seals under the present provider key what a further one has sealed, a page at a time. A tenant's own credential comes last of all that is its own, so
 * that where it is under the present key everything of the tenant is that could be. Safe to repeat and to break off anywhere.
 */
@Injectable()
export class RewrapSecrets {
  constructor(
    private readonly tenants: Tenants,
    private readonly destinations: Destinations,
    private readonly vaults: Vaults,
    private readonly rewrapVault: RewrapVault,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** `isCount` changes nothing. `actor` is whose request opens the vaults' keys. */
  async run(after: RewrapPlace | undefined, isCount: boolean, actor: string): Promise<RewrappedPage> {
    const page = new Page(isCount, this.clock.now() + PAGE_MS, this.clock);
    if (after?.vaultId !== undefined) {
      const next = await this.#tenant(after.tenantId, after.vaultId, { page, actor });
      if (next) return page.ended(next);
    }
    const tenants = await this.tenants.sealedCredentials(after?.tenantId, TENANTS_AT_ONCE);
    for (const { tenantId } of tenants) {
      const next = await this.#tenant(tenantId, undefined, { page, actor });
      if (next) return page.ended(next);
      if (page.isLate()) return page.ended({ tenantId });
    }
    const last = tenants.length < TENANTS_AT_ONCE ? undefined : tenants.at(-1);
    return page.ended(last && { tenantId: last.tenantId });
  }

  /** Where in the tenant to go on; undefined when it is done. */
  async #tenant(
    tenant: TenantId,
    behind: VaultId | undefined,
    { page, actor }: Work,
  ): Promise<RewrapPlace | undefined> {
    if (behind === undefined) await this.#destinations(tenant, page);
    for (let after = behind; ;) {
      const vaults = await this.vaults.sealedPage(tenant, after, ROWS_AT_ONCE);
      for (const vault of vaults) {
        const { vaultId } = vault.vault;
        await page.attempt({ tenantId: tenant, vaultId }, () => this.rewrapVault.run(vault, page.isCount, actor));
        if (page.isLate()) return { tenantId: tenant, vaultId };
        after = vaultId;
      }
      if (vaults.length < ROWS_AT_ONCE) break;
    }
    await page.attempt({ tenantId: tenant }, async () => [await this.#credential(tenant, page)]);
    return undefined;
  }

  async #destinations(tenant: TenantId, page: Page): Promise<void> {
    for (let after: Parameters<Destinations['sealedPage']>[1]; ;) {
      const rows = await this.destinations.sealedPage(tenant, after, ROWS_AT_ONCE);
      for (const { destinationId, sealed } of rows) {
        const resealed = this.#resealed(tenant, `destination/${destinationId}`, sealed, page);
        const isKept =
          resealed.now !== undefined && (await this.destinations.reseal(tenant, destinationId, sealed, resealed.now));
        page.note(isKept ? 'rewrapped' : resealed.before);
        after = destinationId;
      }
      if (rows.length < ROWS_AT_ONCE) return;
    }
  }

  async #credential(tenant: TenantId, page: Page): Promise<Kept> {
    const { sealed } = await this.tenants.credential(tenant);
    const { before, now } = this.#resealed(tenant, 'credential', sealed, page);
    return now && (await this.tenants.reseal(tenant, sealed, now)) ? 'rewrapped' : before;
  }

  #resealed(tenant: TenantId, purpose: string, sealed: Buffer, { isCount }: Page): { before: Kept; now?: Buffer } {
    const under = this.box.sealedUnder(tenant, purpose, sealed);
    if (under === 'present') return { before: 'present' };
    if (under === 'none') return { before: 'lost' };
    if (isCount) return { before: 'remaining' };
    return { before: 'remaining', now: this.box.seal(tenant, purpose, this.box.open(tenant, purpose, sealed)) };
  }
}

interface Work {
  readonly page: Page;
  readonly actor: string;
}

/** What one page has come to. */
class Page {
  readonly #counts: Record<Kept, number> = { present: 0, rewrapped: 0, remaining: 0, lost: 0 };
  readonly #failures: RewrapFailure[] = [];

  constructor(
    readonly isCount: boolean,
    private readonly endsAtMs: number,
    private readonly clock: Clock,
  ) {}

  note(kept: Kept): void {
    this.#counts[kept] += 1;
  }

  /** What fails remains, and the rest goes on. */
  async attempt(where: RewrapPlace, work: () => Promise<readonly Kept[]>): Promise<void> {
    try {
      for (const kept of await work()) this.note(kept);
    } catch (error) {
      if (!isAppError(error)) throw error;
      // Whoever removed it meanwhile has left nothing to do.
      if (error.code === 'NOT_FOUND') return;
      this.note('remaining');
      this.#failures.push({ ...where, message: error.message });
    }
  }

  isLate(): boolean {
    return this.clock.now() >= this.endsAtMs;
  }

  ended(next: RewrapPlace | undefined): RewrappedPage {
    return { counts: { ...this.#counts }, failures: this.#failures, next };
  }
}

const PLACE = /^([0-9a-f-]{36})(?:\/([0-9a-f-]{36}))?$/;

/** The text of a place, for whoever goes on there; empty for none. */
export function placeText(place: RewrapPlace | undefined): string {
  if (!place) return '';
  return place.vaultId === undefined ? place.tenantId : `${place.tenantId}/${place.vaultId}`;
}

/** INVALID_ARGUMENT for a text that no page gave. */
export function placeFrom(text: string): { readonly tenantId: string; readonly vaultId?: string } | undefined {
  if (text === '') return undefined;
  const [, tenantId, vaultId] = PLACE.exec(text) ?? [];
  if (tenantId !== undefined) return { tenantId, ...(vaultId !== undefined && { vaultId }) };
  const rule = 'has to be one that the page before gave';
  throw new AppError('INVALID_ARGUMENT', `after ${rule}. Start without it.`, { context: { field: 'after', rule } });
}
