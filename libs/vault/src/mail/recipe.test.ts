import { AppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assembleMail, assembleMailInto } from './mail-assembler.js';
import { FrameWriter, readFrameHeader, readSteps } from './recipe.js';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('mail recipes', () => {
  it('reads the steps that were written', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('copy' as const), bytes: fc.integer({ min: 1, max: 2 ** 40 }) }),
      fc.record({
        do: fc.constant('base64' as const),
        bytes: fc.integer({ min: 1, max: 2 ** 40 }),
        lineChars: fc.integer({ min: 1, max: 250 }).map((quads) => quads * 4),
        lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        const writer = new FrameWriter();
        for (const [i, one] of steps.entries()) {
          writer.literal(Buffer.alloc(i + 1));
          if (one.do === 'copy') writer.copy(one.bytes);
          else writer.base64(one.bytes, one.lineChars, one.lineEnd);
        }
        const frame = writer.finish((bytes) => Buffer.alloc(bytes));
        const { stepBytes, literalBytes } = readFrameHeader(frame.subarray(0, 8));
        const read = readSteps(frame.subarray(8, 8 + stepBytes), literalBytes);
        expect(read).toEqual(steps.flatMap((one, i) => [{ do: 'literal', bytes: i + 1 }, one]));
        expect(frame.byteLength).toBe(8 + stepBytes + literalBytes);
      }),
    );
  });

  it('writes no more of a message than its record says', () => {
    const writer = new FrameWriter();
    writer.literal(Buffer.from('more than'));
    const frame = writer.finish((bytes) => Buffer.alloc(bytes));
    expect(assembleMailInto(frame, Buffer.alloc(9))).toBe(9);
    expect(() => assembleMailInto(frame, Buffer.alloc(8))).toThrow('as many bytes as its record says');
  });

  it('ends in a named failure, or not at all, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.nat(20), async (bytes, stepBytes) => {
        const header = Buffer.alloc(8);
        header.writeUInt32LE(stepBytes, 0);
        header.writeUInt32LE(bytes.length % 7, 4);
        try {
          let rebuilt = 0;
          for await (const piece of assembleMail(once(Buffer.concat([header, bytes])))) rebuilt += piece.byteLength;
          expect(rebuilt).toBeLessThan(1000);
          expect(assembleMailInto(Buffer.concat([header, bytes]), Buffer.alloc(rebuilt))).toBe(rebuilt);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError);
          expect(() => assembleMailInto(Buffer.concat([header, bytes]), Buffer.alloc(1000))).toThrow(AppError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
