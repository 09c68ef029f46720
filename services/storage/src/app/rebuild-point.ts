import { parseDestinationId, type DestinationId } from '@holdfast/kernel';
import { z } from 'zod';
import type { TakenCounts } from './rebuild-scene.js';

const count = z.int().min(0);
const stored = z.array(
  z.tuple([
    z.string().transform(parseDestinationId),
    z.object({ packsTaken: count, snapshotsTaken: count, setsTaken: count, jobsTaken: count }),
  ]),
);

/** What a rebuild has taken so far from each destination, for whoever goes on with it. */
export function writeRebuildPoint(taken: ReadonlyMap<DestinationId, TakenCounts>): Uint8Array {
  return Buffer.from(JSON.stringify([...taken]));
}

export function readRebuildPoint(bytes: Uint8Array | undefined): Map<DestinationId, TakenCounts> {
  return new Map(bytes ? stored.parse(JSON.parse(Buffer.from(bytes).toString())) : []);
}
