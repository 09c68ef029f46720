import { type JobId, parseJobId, type RandomBytes } from '@holdfast/kernel';
import { plainMap } from '../cbor/open-map.js';
import { parseStored } from '../cbor/parse-stored.js';
import type { CborValue } from '../item-record.js';
import { openNote, scopeFromCbor, scopeToCbor, sealNote, type NoteScope, type NoteSeal } from './note.js';
import { opaqueName } from './opaque-name.js';

const OBJECT = 'job note';

/** Below it lie the notes of all jobs that have ended. */
export const JOBS_PREFIX = 'jobs/';

/** One part of what a job did, with some of its resources (docs/format/v1.md#backup-sets-and-jobs). */
export interface JobNote extends NoteScope {
  readonly job: JobId;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  /** As JSON would hold it. */
  readonly report: Readonly<Record<string, CborValue>>;
}

/** Opaque without the index key. */
export function jobNoteName(
  { tenant, job, part }: Pick<JobNote, 'tenant' | 'job' | 'part'>,
  indexKey: Uint8Array,
): string {
  return `${JOBS_PREFIX}${opaqueName(indexKey, 'job', tenant, job)}-${String(part).padStart(6, '0')}`;
}

/** @param seal with the vault's index key */
export function sealJobNote(note: JobNote, seal: NoteSeal, random: RandomBytes): Uint8Array {
  const body = new Map<number, CborValue>([
    ...scopeToCbor(note),
    [3, note.job],
    [4, note.part],
    [5, note.parts],
    [6, note.report],
  ]);
  return sealNote(jobNoteName(note, seal.key), body, seal, random);
}

export function openJobNote(name: string, object: Uint8Array, seal: NoteSeal): JobNote {
  const fields = openNote(name, object, seal, OBJECT);
  const note = {
    ...scopeFromCbor(fields, OBJECT),
    job: parseStored(OBJECT, parseJobId, fields.text(3, 'job')),
    part: fields.count(4, 'part'),
    parts: fields.count(5, 'parts'),
    report: plainMap(fields.map(6, 'report')),
  };
  if (name !== jobNoteName(note, seal.key)) throw fields.broken('job and part', 'those of its name');
  return note;
}
