import type { ChunkId, PackName } from '@holdfast/kernel';
import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { type ContentRef, deriveVaultKeys, newRootKey, VaultReader, VaultWriter } from '@holdfast/vault';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { answerOrRefusal } from './answer-or-refusal.js';
import { LONGEST_LOOK_MS, damaged, fuzzRuns, someDamage } from './fuzz-runs.js';
import { mailLike } from './mail-like.js';

jest.setTimeout(LONGEST_LOOK_MS);

const random = seededRandomBytes('vault contents');
const keys = deriveVaultKeys([newRootKey(random)]);
const small = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

function open() {
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, chunks: small });
  return { vault, writer };
}

async function readAll(vault: MemoryVault, ref: ContentRef): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(new VaultReader({ keys, source: vault }).readContent(ref)));
}

describe('contents of a vault', () => {
  const content = random(20_000);
  const { vault, writer } = open();
  let ref: ContentRef;

  beforeAll(async () => {
    ({ ref } = await writer.writeContent([content]));
    await writer.flush();
  });

  it('come back whole or are refused by name, whatever happened to their packs', async () => {
    const [[name, whole]] = [...vault.packs] as [[PackName, Uint8Array]];
    await fc.assert(
      fc.asyncProperty(someDamage, async (damages) => {
        vault.packs.set(name, damaged(whole, damages));
        const reading = await answerOrRefusal(() => readAll(vault, ref));
        if ('answer' in reading) expect(reading.answer.equals(content)).toBe(true);
      }),
      fuzzRuns(),
    );
    vault.packs.set(name, whole);
  });

  it('come back whole or are refused by name, whatever the index says of their places', async () => {
    const places = [...vault.places];
    const wrong = fc.record({
      at: fc.nat(places.length - 1),
      offset: fc.nat(100_000),
      sealedBytes: fc.nat(0xffff_ffff),
      plainBytes: fc.nat(0xffff_ffff),
      birthCounter: fc.nat(0xffff_ffff),
      fields: fc.subarray(['offset', 'sealedBytes', 'plainBytes', 'birthCounter'] as const, { minLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(wrong, async ({ at, fields, ...values }) => {
        const [id, place] = places[at]!;
        vault.places.set(id, { ...place, ...Object.fromEntries(fields.map((field) => [field, values[field]])) });
        const reading = await answerOrRefusal(() => readAll(vault, ref));
        vault.places.set(id, place);
        if ('answer' in reading) expect(reading.answer.equals(content)).toBe(true);
      }),
      fuzzRuns(),
    );
  });

  it('are refused when the record names other chunks than were stored', async () => {
    const shuffled = fc.shuffledSubarray([...ref.chunks]);
    await fc.assert(
      fc.asyncProperty(shuffled, fc.nat(40_000), fc.nat(3), async (chunks: ChunkId[], bytes, depth) => {
        fc.pre(chunks.join() !== ref.chunks.join() || bytes !== ref.bytes || depth !== ref.depth);
        for (const form of ['bytes', 'mime'] as const)
          expect(await answerOrRefusal(() => readAll(vault, { ...ref, chunks, bytes, depth, form }))).toHaveProperty(
            'refusal',
          );
      }),
      fuzzRuns(0.5),
    );
  });
});

describe('mail in a vault', () => {
  it('is rebuilt bit for bit, whatever its bytes are and however they come', async () => {
    const { vault, writer } = open();
    const cuts = fc.integer({ min: 1, max: 700 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 3000 }), mailLike), cuts, async (bytes, pieceBytes) => {
        const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, piece) =>
          Uint8Array.from(bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes)),
        );
        const { ref: stored } = await writer.writeMail(pieces);
        await writer.flush();
        expect((await readAll(vault, stored)).equals(bytes)).toBe(true);
      }),
      fuzzRuns(),
    );
  });
});
