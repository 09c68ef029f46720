import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fragments } from './fragments.js';

async function* stream(pieces: readonly Uint8Array[]) {
  yield* pieces;
}

describe('fragments', () => {
  it('cuts any stream into equal pieces and a shorter last one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 17 }),
        async (pieces, size) => {
          const cut: Uint8Array[] = [];
          for await (const piece of fragments(stream(pieces), size)) cut.push(piece);
          expect(Buffer.concat(cut)).toEqual(Buffer.concat(pieces));
          expect(cut.slice(0, -1).every((piece) => piece.length === size)).toBe(true);
          expect(cut.every((piece) => piece.length > 0)).toBe(true);
        },
      ),
    );
  });
});
