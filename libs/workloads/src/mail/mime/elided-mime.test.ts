import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attachmentsOf } from './attachments.js';
import { elideMime } from './elided-mime.js';
import { parseEntity } from './entity.js';
import { bytesOf, decoded } from './stretch.js';

interface Part {
  readonly bytes: number;
  readonly encoding: 'base64' | '8bit';
  readonly lineBreak: '\r\n' | '\n';
}

function partText({ bytes, encoding, lineBreak }: Part, at: number): string {
  const content = randomBytes(bytes).toString('base64');
  const body = encoding === '8bit' ? content : (content.match(/.{1,76}/g) ?? []).join(lineBreak);
  const type = at % 2 === 0 ? `application/octet-stream; name=f${at}` : `text/plain; name=f${at}`;
  const header = [`Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`, 'Content-Disposition: attachment'];
  return [...header, '', body].join(lineBreak);
}

function message(parts: readonly [Part, ...Part[]]): Buffer {
  const [{ lineBreak }] = parts;
  const head = ['Subject: Long', 'Content-Type: multipart/mixed; boundary=edge', '', 'preamble'];
  const texts = parts.flatMap((part, at) => ['--edge', partText({ ...part, lineBreak }, at)]);
  return Buffer.from([...head, ...texts, '--edge--', ''].join(lineBreak), 'latin1');
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const part: fc.Arbitrary<Part> = fc.record({
  bytes: fc.oneof(fc.nat(2_000), fc.integer({ min: 40_000, max: 400_000 })),
  encoding: fc.constantFrom('base64' as const, '8bit' as const),
  lineBreak: fc.constantFrom('\r\n' as const, '\n' as const),
});

describe('a long message that goes by', () => {
  it('has the same attachments as one that is held, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(part, part, part), fc.integer({ min: 1_000, max: 90_000 }), async (parts, size) => {
        const whole = message(parts);
        const mime = await elideMime(inPieces(whole, size));
        const held = attachmentsOf(parseEntity(whole));
        const found = attachmentsOf(parseEntity(mime.bytes));
        expect(found.map(({ name }) => name)).toEqual(held.map(({ name }) => name));
        for (const [at, { part: of, content }] of found.entries()) {
          const stretch = mime.stretchOf(of.body);
          const bytes = stretch
            ? Buffer.concat(await Array.fromAsync(decoded(bytesOf(inPieces(whole, size), stretch), of.encoding)))
            : content();
          expect(bytes.equals(held[at]!.content())).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps little of what is attached', async () => {
    const whole = message([{ bytes: 8_000_000, encoding: 'base64', lineBreak: '\r\n' }]);
    expect((await elideMime(inPieces(whole, 65_536))).bytes.length).toBeLessThan(100_000);
  });

  it('is refused in words where what cannot be left out is more than fits', async () => {
    const [plain, coded] = (['8bit', 'base64'] as const).map((encoding) =>
      message([{ bytes: 400_000, encoding, lineBreak: '\r\n' }])
        .toString('latin1')
        .replaceAll('A', encoding === '8bit' ? '~ ' : 'A'),
    );
    const whole = (text = '') => inPieces(Buffer.from(text, 'latin1'), 60_000);
    await expect(elideMime(whole(plain), 300_000)).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringMatching(/300000 bytes.*EML/),
    });
    expect((await elideMime(whole(coded), 300_000)).bytes.length).toBeLessThan(100_000);
  });
});
