import { parseBackupSetId, parseJobId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import {
  type CborValue,
  generationNoteName,
  jobNoteName,
  openGenerationNote,
  openJobNote,
  openSetNote,
  readSnapshotName,
  sealGenerationNote,
  sealJobNote,
  sealNote,
  sealSetNote,
  setNoteName,
} from '@holdfast/vault';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { answerOrRefusal } from './answer-or-refusal.js';
import { LONGEST_LOOK_MS, damaged, fuzzRuns, someDamage } from './fuzz-runs.js';

jest.setTimeout(LONGEST_LOOK_MS);

const random = seededRandomBytes('vault notes');
const seal = { cipher: 'aes-256-gcm' as const, key: random(32) };
const scope = {
  tenant: parseTenantId('11111111-1111-4111-8111-111111111111'),
  vault: parseVaultId('22222222-2222-4222-8222-222222222222'),
};
const set = parseBackupSetId('33333333-3333-4333-8333-333333333333');
const job = parseJobId('44444444-4444-4444-8444-444444444444');
const ofGeneration = { ...scope, generation: 2, signingKey: random(32), openedAt: 1_700_000_000_000 };
const ofSet = { ...scope, set, generation: 1, version: 7, definition: { displayName: 'All', retention: { days: 7 } } };
const ofJob = { ...scope, job, part: 0, parts: 1, report: { kind: 'backup', tasks: [{ epoch: 4 }] } };

interface Note {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly read: (name: string, bytes: Uint8Array) => unknown;
}

const NOTES: Readonly<Record<string, Note>> = {
  generation: {
    name: generationNoteName(2),
    bytes: sealGenerationNote(ofGeneration, seal, random),
    read: (name, bytes) => openGenerationNote(name, bytes, seal),
  },
  set: {
    name: setNoteName(ofSet, seal.key),
    bytes: sealSetNote(ofSet, seal, random),
    read: (name, bytes) => openSetNote(name, bytes, seal),
  },
  job: {
    name: jobNoteName(ofJob, seal.key),
    bytes: sealJobNote(ofJob, seal, random),
    read: (name, bytes) => openJobNote(name, bytes, seal),
  },
};

const plain: fc.Arbitrary<CborValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.string(),
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom<CborValue>(scope.tenant, scope.vault, set, job),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
);
const bodies = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), plain), { selector: ([key]) => key, maxLength: 8 })
  .map((entries) => new Map(entries));

describe('notes of a vault', () => {
  it.each(Object.keys(NOTES))('a note of a %s that is damaged in any way is refused by name', async (kind) => {
    const { name, bytes, read } = NOTES[kind]!;
    expect(read(name, bytes)).toBeDefined();
    await fc.assert(
      fc.asyncProperty(someDamage, async (damages) => {
        const bad = damaged(bytes, damages);
        fc.pre(!Buffer.from(bad).equals(bytes));
        expect(await answerOrRefusal(() => read(name, bad))).toHaveProperty('refusal');
      }),
      fuzzRuns(),
    );
  });

  it.each(Object.keys(NOTES))(
    'bytes that are no note of a %s, and notes of other names, are refused by name',
    async (kind) => {
      const { name, read } = NOTES[kind]!;
      const others = Object.values(NOTES).filter((note) => note.name !== name);
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.uint8Array({ maxLength: 4096 }), fc.constantFrom(...others.map(({ bytes }) => bytes))),
          async (bytes) => {
            expect(await answerOrRefusal(() => read(name, bytes))).toHaveProperty('refusal');
          },
        ),
        fuzzRuns(),
      );
    },
  );

  it.each(Object.keys(NOTES))(
    'a note of a %s with any body under the right key is read or refused by name',
    async (kind) => {
      const { name, read } = NOTES[kind]!;
      await fc.assert(
        fc.asyncProperty(bodies, async (body) => {
          await answerOrRefusal(() => read(name, sealNote(name, body, seal, random)));
        }),
        fuzzRuns(2),
      );
    },
  );
});

describe('names of snapshots', () => {
  const parts = fc.array(fc.constantFrom('snapshots', '/', '-', 'ab'.repeat(16), '00000001', '0000000002', '..', '\n'));

  it('are read in their one form or not at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((all) => all.join('')),
        ),
        (name) => {
          const said = readSnapshotName(name);
          if (!said) return;
          const { chain, generation, number } = said;
          const again = `snapshots/${chain}/${String(generation).padStart(8, '0')}-${String(number).padStart(10, '0')}`;
          expect(again).toBe(name);
        },
      ),
      fuzzRuns(5),
    );
  });
});
