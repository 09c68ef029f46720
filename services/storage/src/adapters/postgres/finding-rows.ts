import { AppError, parseDestinationId, parseJobId } from '@holdfast/kernel';
import type { Selectable } from 'kysely';
import type { FindingTally, FindingView } from '../../app/integrity.port.js';
import type { Damage } from '../../domain/damage.js';
import type { FindingRow } from './schema.js';

/** The last finding of a page. */
export interface FindingKey {
  readonly name: string;
  readonly destination: string;
}

export function findingFrom(row: Selectable<FindingRow>): FindingView {
  return {
    object: row.object_name,
    destinationId: parseDestinationId(row.destination_id),
    damage: row.damage,
    state: row.state,
    bytes: row.bytes,
    jobId: parseJobId(row.job_id),
    foundAt: row.found_at.getTime(),
    mendedAt: row.mended_at?.getTime(),
    snapshots: row.snapshots,
  };
}

export function writeFindingToken({ name, destination }: FindingKey): string {
  return Buffer.from(`${destination} ${name}`).toString('base64url');
}

/** INVALID_ARGUMENT for a token that no page gave; undefined for the first page's empty one. */
export function readFindingToken(token: string): FindingKey | undefined {
  if (token === '') return undefined;
  const [, destination, name] = /^([0-9a-f-]{36}) (.*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (destination !== undefined && name !== undefined) return { destination, name };
  throw new AppError(
    'INVALID_ARGUMENT',
    'pageToken has to be one that the previous page gave. Start again without it.',
    { context: { field: 'pageToken', rule: 'given by the previous page' } },
  );
}

/** How many findings are alike. */
export interface TallyRow {
  readonly damage: FindingRow['damage'];
  readonly state: FindingRow['state'];
  readonly is_of_job: boolean;
  readonly objects: number;
}

export function tallyFrom(rows: readonly TallyRow[]): FindingTally {
  const sum = (wanted: (row: TallyRow) => boolean) =>
    rows.filter(wanted).reduce((objects, row) => objects + row.objects, 0);
  const damaged = (damage: Damage) => sum((row) => row.is_of_job && row.damage === damage);
  return {
    damaged: {
      missing: damaged('missing'),
      short: damaged('short'),
      long: damaged('long'),
      altered: damaged('altered'),
    },
    mended: sum((row) => row.is_of_job && row.state === 'mended'),
    open: sum(({ state }) => state === 'open'),
    quarantined: sum(({ state }) => state === 'quarantined'),
  };
}
