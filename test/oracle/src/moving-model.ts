import type { ModelEntry } from '@holdfast/demo';
import { modelStates, type States } from './states.js';
import type { TenantUnderTest } from './tenant-under-test.js';

interface Part {
  readonly user: string;
  readonly workload: string;
}

/** Every model that a tenant goes through, one after each change. */
export class MovingModel {
  readonly #parts = new Map<string, States>();
  readonly #models: States[] = [];

  private constructor(private readonly tenant: TenantUnderTest) {}

  static async begin(tenant: TenantUnderTest): Promise<MovingModel> {
    const model = new MovingModel(tenant);
    const entries = await tenant.dump();
    for (const user of new Set(entries.map(({ userId }) => userId)))
      for (const workload of ['mail', 'drive'])
        model.#set(
          { user, workload },
          entries.filter((entry) => entry.userId === user && workloadOf(entry) === workload),
        );
    model.#note();
    return model;
  }

  /** In order; one when the tenant stood still. */
  get models(): readonly States[] {
    return this.#models;
  }

  /** Reads again what has just changed. */
  async changed(parts: readonly Part[]): Promise<void> {
    for (const part of parts) this.#set(part, await this.tenant.dump(part));
    this.#note();
  }

  #set({ user, workload }: Part, entries: readonly ModelEntry[]): void {
    this.#parts.set(`${user}/${workload}`, modelStates(entries));
  }

  #note(): void {
    this.#models.push(new Map([...this.#parts.values()].flatMap((states) => [...states])));
  }
}

function workloadOf({ kind }: ModelEntry): string {
  return kind === 'driveItem' ? 'drive' : 'mail';
}
