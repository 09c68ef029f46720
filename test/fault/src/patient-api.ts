import { HoldfastApi } from '@holdfast/demo';
import { type Clock, isAppError } from '@holdfast/kernel';

const PATIENCE_MS = 90_000;
const ASK_AGAIN_MS = 300;

/** The public API as a user treats it whose service is struck: what failed for now is asked again. */
export class PatientApi extends HoldfastApi {
  constructor(
    baseUrl: string,
    apiKey: string,
    private readonly time: Clock,
  ) {
    super(baseUrl, apiKey, time);
  }

  /** An answer that was lost leaves a job that runs: that one is ours. */
  override startBackup(tenant: string, set: string, body: object = {}) {
    return this.#patiently(async (attempt) => {
      if (attempt > 1) {
        const running = (await super.jobs(tenant, set)).find(({ state }) => state === 'running');
        if (running) return running;
      }
      return super.startBackup(tenant, set, body);
    });
  }

  override createDestination(...asked: Parameters<HoldfastApi['createDestination']>) {
    return this.#patiently(() => super.createDestination(...asked));
  }

  /** Where the answer was lost there is a set more, which nobody runs. */
  override createSet(...asked: Parameters<HoldfastApi['createSet']>) {
    return this.#patiently(() => super.createSet(...asked));
  }

  override job(tenant: string, job: string) {
    return this.#patiently(() => super.job(tenant, job));
  }

  override tasks(tenant: string, job: string) {
    return this.#patiently(() => super.tasks(tenant, job));
  }

  override jobReport(tenant: string, job: string) {
    return this.#patiently(() => super.jobReport(tenant, job));
  }

  override snapshotsAsOf(tenant: string, job: string) {
    return this.#patiently(() => super.snapshotsAsOf(tenant, job));
  }

  override createPlan(tenant: string, body: object) {
    return this.#patiently(() => super.createPlan(tenant, body));
  }

  override performPlan(tenant: string, plan: string) {
    return this.#patiently(() => super.performPlan(tenant, plan));
  }

  override restoreReport(tenant: string, plan: string) {
    return this.#patiently(() => super.restoreReport(tenant, plan));
  }

  async #patiently<T>(ask: (attempt: number) => Promise<T>): Promise<T> {
    const giveUpAt = this.time.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask(attempt);
      } catch (error) {
        // A refusal with a reason is an answer; no answer, or "not at the moment", is none.
        const mayPass = !isAppError(error) || isAppError(error, 'DEPENDENCY_UNAVAILABLE');
        if (!mayPass || this.time.now() > giveUpAt) throw error;
        await this.time.sleep(ASK_AGAIN_MS);
      }
    }
  }
}
