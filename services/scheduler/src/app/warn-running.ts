import { isAppError, type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { warningsFor } from '../domain/vault-warning.js';
import { Jobs, type RunningJob } from './jobs.port.js';
import { VaultHealth } from './vault-health.port.js';

/** Jobs that are looked at together. */
const PAGE = 200;

/**
 * Tells jobs that run what is wrong with their vaults, as far as it concerns what they do: what came since they began, whichever of their tasks runs.
 * Safe to repeat; several schedulers at once tell nothing twice.
 */
@Injectable()
export class WarnRunning {
  constructor(
    private readonly jobs: Jobs,
    private readonly health: VaultHealth,
  ) {}

  /** Where storage does not answer it may do the next time; what it says of one vault keeps nothing from the others. */
  async run(): Promise<void> {
    try {
      for (let after: JobId | undefined; ;) {
        const page = await this.jobs.running(after, PAGE);
        for (const [vault, running] of Map.groupBy(page, ({ vaultId }) => vaultId)) await this.#tell(vault, running);
        after = page.at(-1)?.jobId;
        if (after === undefined) return;
      }
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }

  async #tell(vault: VaultId, running: readonly RunningJob[]): Promise<void> {
    const [first] = running;
    if (!first) return;
    try {
      const now = await this.health.warnings(first.tenantId, vault);
      for (const { tenantId, jobId, kind, warnings } of running)
        await this.#warn(tenantId, jobId, warningsFor(kind, now), warnings);
    } catch (error) {
      if (!isAppError(error) || error.code === 'DEPENDENCY_UNAVAILABLE') throw error;
    }
  }

  async #warn(tenant: TenantId, job: JobId, now: readonly string[], told: readonly string[]): Promise<void> {
    const fresh = now.filter((warning) => !told.includes(warning));
    if (fresh.length > 0) await this.jobs.warn(tenant, job, fresh);
  }
}
