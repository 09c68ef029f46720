import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../failure.js';
import { countFrom } from './parse-options.js';

export interface LockOptions {
  readonly lock?: string;
  readonly lockDays?: number;
  readonly unlock?: boolean;
}

/** The options that say whether what is written to a bucket is locked. */
export function withLockOptions(command: Command): Command {
  return command
    .option('--lock <mode>', 'object lock of what is written to a bucket: governance or compliance')
    .option('--lock-days <days>', 'days for which an object is locked; extended while it is needed', countFrom)
    .option('--unlock', 'lock nothing any more; what is locked stays so until its date');
}

const lockShape = z.object({ mode: z.string(), days: z.number() });
type Lock = z.infer<typeof lockShape>;

/** The lock among a destination's settings. */
export function lockIn(settings: object): Lock | undefined {
  return 'lock' in settings ? lockShape.parse(settings.lock) : undefined;
}

export function lockInWords(lock: Lock | undefined): string {
  return lock ? `${lock.mode}, ${lock.days} days` : '';
}

/** What the options make of the lock as it was; undefined for none. */
export function lockFrom({ lock, lockDays, unlock }: LockOptions, kind: unknown, before?: Lock): Lock | undefined {
  const isSaid = lock !== undefined || lockDays !== undefined;
  if (unlock === true && isSaid) throw new UsageError('Give --unlock, or --lock with --lock-days, not both.');
  if (unlock === true) return undefined;
  if (!isSaid) return before;
  if (kind !== 's3')
    throw new UsageError(`Holdfast locks objects of --s3 only, not of a place of the kind ${String(kind)}.`);
  const mode = lock ?? before?.mode;
  const days = lockDays ?? before?.days;
  if (mode === undefined) throw new UsageError('Which lock? Give --lock governance, or --lock compliance.');
  if (days === undefined) throw new UsageError('For how long is an object locked? Give --lock-days, such as 30.');
  return { mode, days };
}
