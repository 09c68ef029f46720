import { type RandomBytes } from '@holdfast/kernel';
import type { CborValue } from '../item-record.js';
import { openNote, scopeFromCbor, scopeToCbor, sealNote, type NoteScope, type NoteSeal } from './note.js';

const OBJECT = 'generation note';
const FIRST_GENERATION = 1;

/** Below it lies one note for each generation but the first. */
export const GENERATIONS_PREFIX = 'generations/';

/**
 * That a rebuild has opened a generation of a vault, and who certifies its tasks from then on: the signing key of before was lost with
 * its database, or should be. Sealed under the header key (docs/format/v1.md#generations).
 */
export interface GenerationNote extends NoteScope {
  /** From 2 on; the first is the vault header's. */
  readonly generation: number;
  /** Public half of the Ed25519 key that certifies tasks of this generation, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
}

/** Who certifies the tasks of each generation: Ed25519 public keys of 32 bytes. */
export type SigningKeys = ReadonlyMap<number, Uint8Array>;

/** Fixed by the generation, and put only where nothing is: two rebuilds cannot open the same one. */
export function generationNoteName(generation: number): string {
  return `${GENERATIONS_PREFIX}${String(generation).padStart(8, '0')}`;
}

export function sealGenerationNote(note: GenerationNote, seal: NoteSeal, random: RandomBytes): Uint8Array {
  const { generation, signingKey, openedAt } = note;
  const body = new Map<number, CborValue>([...scopeToCbor(note), [3, generation], [4, signingKey], [5, openedAt]]);
  return sealNote(generationNoteName(generation), body, seal, random);
}

export function openGenerationNote(name: string, object: Uint8Array, seal: NoteSeal): GenerationNote {
  const fields = openNote(name, object, seal, OBJECT);
  const note = {
    ...scopeFromCbor(fields, OBJECT),
    generation: fields.count(3, 'generation'),
    signingKey: fields.bytes(4, 'signingKey', 32),
    openedAt: fields.integer(5, 'openedAt'),
  };
  if (name !== generationNoteName(note.generation)) throw fields.broken('generation', 'the one that its name says');
  return note;
}

/** The signing keys of a vault: that of its header, and those that rebuilds brought. */
export function signingKeysOf(
  header: { readonly signingKey: Uint8Array },
  notes: readonly Pick<GenerationNote, 'generation' | 'signingKey'>[],
): SigningKeys {
  return new Map([
    [FIRST_GENERATION, header.signingKey],
    ...notes.map(({ generation, signingKey }) => [generation, signingKey] as const),
  ]);
}
