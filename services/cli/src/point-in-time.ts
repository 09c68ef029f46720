import { snapshotView, type SnapshotView } from '@holdfast/contracts/api';
import type { Command } from 'commander';
import { query } from './api/path.js';
import { CommandFailed, UsageError } from './failure.js';
import type { Session } from './session.js';
import { momentFrom } from './settings/parse-options.js';

/** Options that say which state is meant. */
export interface TimeOptions {
  readonly set?: string;
  readonly job?: string;
  readonly asOf?: number;
}

/** Adds `--set`, `--job` and `--as-of`. */
export function withTime(command: Command): Command {
  return command
    .option('--set <set>', 'backup set by name or id; the only one when absent')
    .option('--job <id>', 'as of this backup job')
    .option(
      '--as-of <time>',
      'as of this time, such as 2025-01-31T18:00Z, or the end of this day; the newest state when absent',
      momentFrom,
    );
}

/** The same in the API's words. */
export async function fromOptions(session: Session, options: TimeOptions) {
  const { job, asOf, set } = options;
  if (job !== undefined && set !== undefined) throw new UsageError('Give --job or --set, not both.');
  if (job !== undefined) return { jobId: job, asOfMs: asOf };
  return { backupSetId: await session.backupSet(set), asOfMs: asOf };
}

/** The snapshot that a resource has at the time. */
export async function snapshotOf(session: Session, options: TimeOptions, resourceId: string): Promise<SnapshotView> {
  const {
    jobId: asOfJobId,
    backupSetId,
    asOfMs,
  } = { jobId: undefined, backupSetId: undefined, ...(await fromOptions(session, options)) };
  const at = await session.below(`snapshots${query({ asOfJobId, backupSetId, asOfMs, resourceId, pageSize: 1 })}`);
  for await (const snapshot of session.api.rows(at, snapshotView)) return snapshot;
  throw new CommandFailed(`There is no snapshot of ${resourceId} at that time. \`holdfast snapshot list\` shows all.`);
}
