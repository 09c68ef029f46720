import { AppError } from '@holdfast/kernel';
import type { Database } from '@holdfast/platform';
import type { WorkloadWriter } from '@holdfast/workloads';
import { PostgresPlans } from '../adapters/postgres/postgres-plans.js';
import type { RestoreSchema } from '../adapters/postgres/restore-database.js';

/** The writer with some of its verbs watched. */
export function watched(writer: WorkloadWriter, writes: Pick<WorkloadWriter, 'create' | 'overwrite'>): WorkloadWriter {
  return {
    ...writes,
    get written() {
      return writer.written;
    },
    ensureFolder: (...args) => writer.ensureFolder(...args),
    findFolder: (...args) => writer.findFolder(...args),
    findRestored: (...args) => writer.findRestored(...args),
    findCopy: (...args) => writer.findCopy(...args),
    findById: (...args) => writer.findById(...args),
    findByName: (...args) => writer.findByName(...args),
    hasContentOf: (...args) => writer.hasContentOf(...args),
    lossesOf: (...args) => writer.lossesOf(...args),
    remove: (...args) => writer.remove(...args),
  };
}

/** A journal that a lost process does not write to. */
export class CrashingPlans extends PostgresPlans {
  constructor(
    database: Database<RestoreSchema, never>,
    private readonly isLost: () => boolean,
  ) {
    super(database);
  }

  override end(...args: Parameters<PostgresPlans['end']>): Promise<void> {
    if (this.isLost()) throw new AppError('DEPENDENCY_UNAVAILABLE', 'The process is gone.');
    return super.end(...args);
  }
}
