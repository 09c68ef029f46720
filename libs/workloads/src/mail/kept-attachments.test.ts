import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keptFilesIn } from './kept-attachments.js';

describe('attachments that were kept beside a message', () => {
  const given = [
    { name: 'größe.txt', contentBytes: Buffer.from('one').toString('base64') },
    { name: ' ', contentBytes: '' },
    { name: null, contentBytes: Buffer.alloc(5_000, 7).toString('base64') },
  ];
  const lines = Buffer.from(given.map((one) => `${JSON.stringify(one)}\n`).join(''));

  async function* inPieces(bytes: number) {
    // As a reader gives them: each is valid until the next is asked for.
    const piece = Buffer.alloc(bytes);
    for (let at = 0; at < lines.length; at += bytes) yield piece.subarray(0, lines.copy(piece, 0, at, at + bytes));
  }

  it('come back whole, in pieces of whatever length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: lines.length }), async (bytes) => {
        const files = await Array.fromAsync(keptFilesIn(inPieces(bytes)));
        expect(files.map(({ name }) => name)).toEqual(['größe.txt', 'attachment', 'attachment']);
        expect(files.map(({ content }) => Buffer.from(content).toString('base64'))).toEqual(
          given.map(({ contentBytes }) => contentBytes),
        );
      }),
    );
  });
});
