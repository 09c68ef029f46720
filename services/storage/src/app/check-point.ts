import { z } from 'zod';
import { type CheckCounts, noCounts } from './check-scene.js';

/** How far a check has come. */
export interface CheckPoint {
  /** Number of the destination in the order of the vault. */
  readonly destination: number;
  /** The last object there whose bytes were read; undefined before its list was compared. */
  readonly after: string | undefined;
  readonly counts: CheckCounts;
}

const stored = z.object({
  destination: z.int().min(0),
  after: z.string().optional(),
  counts: z.record(z.string(), z.int().min(0)),
});

export function writeCheckPoint(point: CheckPoint): Uint8Array {
  return Buffer.from(JSON.stringify(point));
}

/** The beginning, where there is none. */
export function readCheckPoint(bytes: Uint8Array | undefined): CheckPoint {
  if (!bytes) return { destination: 0, after: undefined, counts: noCounts() };
  const { destination, after, counts } = stored.parse(JSON.parse(Buffer.from(bytes).toString()));
  return { destination, after, counts: { ...noCounts(), ...counts } };
}
