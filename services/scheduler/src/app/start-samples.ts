import { Clock, isAppError, type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sampleTurn } from '../domain/sample-turn.js';
import { jobOfTurn } from './job-of-turn.js';
import { SampledVaults } from './sampled-vaults.port.js';
import { StartCheck } from './start-check.js';

/** Vaults that are looked at together. */
const PAGE = 500;

/** In how many days everything is read by a sample a day; 0: none starts by itself. */
export abstract class SampleDays {
  abstract readonly days: number;
}

interface DueSample {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly jobId: JobId;
}

/**
 * Starts the sample of the day of every vault whose turn has come. Needs no memory of its own: the jobs that are there say what was
 * started, so restarts and several schedulers at once neither skip a turn nor start one twice.
 */
@Injectable()
export class StartSamples {
  constructor(
    private readonly vaults: SampledVaults,
    private readonly startCheck: StartCheck,
    private readonly setting: SampleDays,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Answers how many it started. */
  async run(): Promise<number> {
    if (this.setting.days === 0) return 0;
    let started = 0;
    for (let after: VaultId | undefined; ;) {
      const page = await this.vaults.page(after, PAGE);
      for (const sample of await this.#due(page)) if (await this.#start(sample)) started += 1;
      after = page.at(-1)?.vaultId;
      if (after === undefined) return started;
    }
  }

  async #due(page: Awaited<ReturnType<SampledVaults['page']>>): Promise<readonly DueSample[]> {
    const now = this.clock.now();
    const samples = page.flatMap((vault) => {
      const turn = sampleTurn(vault, now);
      const { tenantId, vaultId } = vault;
      return turn === undefined ? [] : [{ tenantId, vaultId, jobId: jobOfTurn(vaultId, turn) }];
    });
    const started = await this.vaults.started(samples.map(({ jobId }) => jobId));
    return samples.filter(({ jobId }) => !started.has(jobId));
  }

  /** One vault that cannot be checked keeps no other waiting; its turn is tried again in the next round. */
  async #start({ tenantId, vaultId, jobId }: DueSample): Promise<boolean> {
    try {
      await this.startCheck.run(tenantId, vaultId, { mode: 'sample', days: this.setting.days }, jobId);
      return true;
    } catch (error) {
      // A check of the vault runs: one at a time.
      if (isAppError(error, 'FAILED_PRECONDITION')) return false;
      this.logger.warn('The daily sample of a vault could not be started; it is tried again', {
        tenantId,
        vaultId,
        error,
      });
      return false;
    }
  }
}
