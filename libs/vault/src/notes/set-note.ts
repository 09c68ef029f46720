import { type BackupSetId, parseBackupSetId, type RandomBytes } from '@holdfast/kernel';
import { plainMap } from '../cbor/open-map.js';
import { parseStored } from '../cbor/parse-stored.js';
import type { CborValue } from '../item-record.js';
import { openNote, scopeFromCbor, scopeToCbor, sealNote, type NoteScope, type NoteSeal } from './note.js';
import { opaqueName } from './opaque-name.js';

const OBJECT = 'backup set note';

/** Below it lies a note for each version of each backup set. */
export const SETS_PREFIX = 'sets/';

/** What a backup set was from one version on (docs/format/v1.md#backup-sets-and-jobs). */
export interface SetNote extends NoteScope {
  readonly set: BackupSetId;
  /** Of the vault when it was written. */
  readonly generation: number;
  /** Raised by every change of the set. */
  readonly version: number;
  /** As JSON would hold it; undefined where the set was deleted. */
  readonly definition: Readonly<Record<string, CborValue>> | undefined;
}

/** Opaque without the index key, and in the order of generations and versions. */
export function setNoteName(
  { tenant, set, generation, version }: Pick<SetNote, 'tenant' | 'set' | 'generation' | 'version'>,
  indexKey: Uint8Array,
): string {
  const place = `${String(generation).padStart(8, '0')}-${String(version).padStart(10, '0')}`;
  return `${SETS_PREFIX}${opaqueName(indexKey, 'set', tenant, set)}/${place}`;
}

/** @param seal with the vault's index key */
export function sealSetNote(note: SetNote, seal: NoteSeal, random: RandomBytes): Uint8Array {
  const body = new Map<number, CborValue>([
    ...scopeToCbor(note),
    [3, note.set],
    [4, note.generation],
    [5, note.version],
    [6, note.definition ?? null],
  ]);
  return sealNote(setNoteName(note, seal.key), body, seal, random);
}

export function openSetNote(name: string, object: Uint8Array, seal: NoteSeal): SetNote {
  const fields = openNote(name, object, seal, OBJECT);
  const note = {
    ...scopeFromCbor(fields, OBJECT),
    set: parseStored(OBJECT, parseBackupSetId, fields.text(3, 'set')),
    generation: fields.count(4, 'generation'),
    version: fields.count(5, 'version'),
    definition: fields.value(6) === null ? undefined : plainMap(fields.map(6, 'definition')),
  };
  if (name !== setNoteName(note, seal.key)) throw fields.broken('set, generation and version', 'those of its name');
  return note;
}
