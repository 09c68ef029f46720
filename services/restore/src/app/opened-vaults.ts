import { Clock, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { OpenedVault } from './opened-vault.js';
import { type Reading, VaultAccess, type VaultSecrets } from './vault-access.port.js';

/** How much of vaults a process keeps in memory, and for how long. */
export abstract class VaultLimits {
  abstract readonly vaults: number;
  /** Bytes of plain chunks, for each vault. */
  abstract readonly cacheBytes: number;
  abstract readonly keptMs: number;
}

interface Kept {
  readonly vault: OpenedVault;
  readonly until: number;
}

/** Names of readings that were audited lately; more than this many are not remembered. */
const MAX_AUDITED = 10_000;

/**
 * Vaults opened by this process, by tenant and vault. Whoever asks for one proves the right to it: a person by an audited
 * reading, asked for anew when minutes have passed, a task by its grant, every time.
 */
@Injectable()
export class OpenedVaults {
  readonly #kept = new Map<string, Kept>();
  readonly #audited = new Map<string, number>();

  constructor(
    private readonly access: VaultAccess,
    private readonly limits: VaultLimits,
    private readonly clock: Clock,
  ) {}

  /** The vault for a person; the opening is in the audit trail before anything is read. */
  async toRead(tenant: TenantId, vault: VaultId, reading: Reading): Promise<OpenedVault> {
    const now = this.clock.now();
    const name = JSON.stringify([tenant, vault, reading.actor, reading.reason]);
    const known = this.#known(tenant, vault);
    if (known && (this.#audited.get(name) ?? 0) > now) return known;
    const secrets = await this.access.openToRead(tenant, vault, reading);
    if (this.#audited.size >= MAX_AUDITED) this.#audited.clear();
    this.#audited.set(name, now + this.limits.keptMs);
    return this.#keep(tenant, vault, secrets);
  }

  /** The vault for the holder of a live grant. */
  async forTask(tenant: TenantId, vault: VaultId, grant: string): Promise<OpenedVault> {
    return this.#keep(tenant, vault, await this.access.openForTask(grant));
  }

  #known(tenant: TenantId, vault: VaultId): OpenedVault | undefined {
    const now = this.clock.now();
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key);
    const key = `${tenant}/${vault}`;
    const kept = this.#kept.get(key);
    if (!kept || kept.vault.lacksKey) return undefined;
    // To the end of the row: the first is let go first.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.vault;
  }

  #keep(tenant: TenantId, id: VaultId, secrets: VaultSecrets): OpenedVault {
    const known = this.#known(tenant, id);
    // A ring that has grown since needs a reader that knows the new key.
    const isCurrent = known?.secrets.keys.ring.length === secrets.keys.ring.length;
    const vault =
      known && isCurrent
        ? known
        : new OpenedVault(tenant, id, secrets, this.access, this.limits.cacheBytes, this.clock);
    const key = `${tenant}/${id}`;
    this.#kept.delete(key);
    this.#kept.set(key, { vault, until: this.clock.now() + this.limits.keptMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.limits.vaults && oldest !== undefined) this.#kept.delete(oldest);
    return vault;
  }
}
