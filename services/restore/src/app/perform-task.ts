import { emptyTaskReport, type TaskReport } from '@holdfast/contracts';
import { AppError, Clock, isAppError } from '@holdfast/kernel';
import { Logger, tellSpan } from '@holdfast/platform';
import { HeldTask, inTask, type Lease, type Progress, TaskDesk } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { restoredCounts, restoreOutcome } from '../domain/task-report.js';
import { ByteRoom } from './byte-room.js';
import { OpenedVaults } from './opened-vaults.js';
import { PlanKeys } from './plan-keys.js';
import { Plans } from './plans.port.js';
import { type TargetAccess, TargetAccesses } from './target-access.port.js';
import { TargetRun } from './target-run.js';

interface Running {
  readonly run: TargetRun;
  readonly access: TargetAccess;
  /** Steps that were open when the run began. */
  readonly expected: number;
}

/** Performs one task of a restore: the open steps of one target, for as long as the lease is held. */
@Injectable()
export class PerformTask {
  constructor(
    private readonly desk: TaskDesk,
    private readonly targets: TargetAccesses,
    private readonly vaults: OpenedVaults,
    private readonly plans: Plans,
    private readonly room: ByteRoom,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never throws: how it went is told to scheduler. `shutdown` gives the task back to be leased by another. */
  run(lease: Lease, shutdown: AbortSignal): Promise<void> {
    return inTask('restore', lease, () => this.#hold(lease, shutdown));
  }

  async #hold(lease: Lease, shutdown: AbortSignal): Promise<void> {
    const running: Partial<Running> = {};
    const held = new HeldTask(lease, this.desk, this.clock, () => progressOf(running));
    const stop = () => held.abort(new AppError('DEPENDENCY_UNAVAILABLE', 'The service is stopping; another goes on.'));
    shutdown.addEventListener('abort', stop, { once: true });
    try {
      await this.#perform(held, running);
    } catch (error) {
      await this.#tell(held, running, error);
    } finally {
      shutdown.removeEventListener('abort', stop);
      await held.release();
      await this.#close(lease, running);
    }
  }

  async #perform(held: HeldTask, running: Partial<Running>): Promise<void> {
    const { lease } = held;
    const { tenantId, vaultId, planId = '', resourceId: target, epoch } = lease;
    const plan = await this.plans.get(tenantId, planId);
    const vault = await this.vaults.forTask(tenantId, vaultId, held.grant);
    const access = await this.targets.toPerform(held);
    Object.assign(running, { access });
    const run = new TargetRun({
      tenant: tenantId,
      plan,
      target,
      targetFolder: new PlanKeys(vault.secrets.keys).open(planId, plan.sealedTargetFolder),
      epoch,
      vault,
      access,
      plans: this.plans,
      room: this.room,
      clock: this.clock,
      signal: held.signal,
      isOvertaken: await this.plans.isOvertaken(tenantId, planId, target),
      onUnexpected: (itemId, error) => this.logger.error('A step failed unexpectedly', { planId, itemId, error }),
    });
    Object.assign(running, { run, expected: await this.#openSteps(lease) });
    await run.run();
    await this.#finish(held, running, false);
  }

  async #openSteps({ tenantId, planId = '', resourceId }: Lease): Promise<number> {
    const groups = await this.plans.tally(tenantId, planId, resourceId);
    const open = groups.filter(({ state }) => state === 'planned' || state === 'doing');
    return open.reduce((sum, { items }) => sum + items, 0);
  }

  async #finish(held: HeldTask, running: Partial<Running>, isStopped: boolean): Promise<void> {
    const { tenantId, planId = '', resourceId } = held.lease;
    const counts = restoredCounts(await this.plans.tally(tenantId, planId, resourceId));
    const totals = running.access?.totals();
    const unexplained = running.run?.unexplained ?? 0;
    const report: TaskReport = {
      ...emptyTaskReport,
      newItems: counts.newItems,
      updated: counts.updated,
      unchanged: counts.unchanged,
      skipped: { ...counts.skipped },
      owed: counts.failed + counts.open + counts.unverified,
      unexplained,
      contentBytes: counts.contentBytes,
      requests: totals?.requests ?? 0,
      resourceUnits: totals?.resourceUnits ?? 0,
      throttled: totals?.throttled ?? 0,
    };
    const outcome = isStopped ? 'stopped' : restoreOutcome(counts, unexplained);
    await this.desk.finish(held.grant, { outcome, progress: progressOf(running), report });
    tellSpan({ 'holdfast.outcome': outcome });
  }

  async #tell(held: HeldTask, running: Partial<Running>, error: unknown): Promise<void> {
    // Whoever has the task now speaks for it.
    if (isAppError(error, 'GRANT_REFUSED')) return;
    const known = isAppError(error) ? error : undefined;
    const { planId, resourceId } = held.lease;
    if (!known) this.logger.error('A restore task failed unexpectedly', { planId, resourceId, error });
    try {
      if (known?.code === 'STOPPED') {
        await this.#finish(held, running, true);
        return;
      }
      await this.desk.fail(held.grant, {
        code: known?.code ?? 'INTERNAL',
        message: known?.message ?? 'A defect of this program; its log has the details.',
        canRetry: known ? known.retry === 'later' : true,
        retryAfterMs: known?.details.retryAfterMs ?? 0,
      });
    } catch (failure) {
      this.logger.warn('The end of a restore task could not be told; its lease will lapse', { planId, error: failure });
    }
  }

  async #close(lease: Lease, { access }: Partial<Running>): Promise<void> {
    if (!access) return;
    const { tenantId, planId = '' } = lease;
    await this.plans
      .addRequests(tenantId, planId, access.totals().requests)
      .catch((error: unknown) => this.logger.warn('The requests of a restore were not counted', { planId, error }));
    await access.close();
  }
}

function progressOf({ run, access, expected }: Partial<Running>): Progress {
  const totals = access?.totals();
  return {
    itemsDone: run?.done.items ?? 0,
    itemsExpected: expected ?? 0,
    bytesDone: run?.done.bytes ?? 0,
    requests: totals?.requests ?? 0,
    throttled: totals?.throttled ?? 0,
    requestMs: totals?.requestMs ?? 0,
  };
}
