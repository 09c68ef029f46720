import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Rng } from '../../core/rng.js';
import { sha256Of } from '../content/attachment-bytes.js';
import { generateLetter } from '../content/generate-letter.js';
import type { Letter } from '../content/letter.js';
import { type ShapeName, SHAPE_NAMES } from '../content/shape-name.js';
import { addressList, headerText } from './header.js';
import { decodeQuoted, decodeWords, parseAddresses } from './parse-header.js';
import { parseMime } from './parse.js';
import { renderMime } from './render.js';
import { quotedPrintable, wrapBase64, wrapBase64Pieces } from './text-encoding.js';

const world = {
  rng: new Rng('mime-test'),
  owner: { name: 'Ann', address: 'ann@example.com' },
  pool: 'p',
  showcaseFrom: 1,
  scale: 1,
};
const letterOf = (shape: ShapeName, source = 7): Letter =>
  generateLetter(world, { source, sentAt: Date.UTC(2026, 0, 2), direction: 'in', shape, attachmentBytes: 100_000 });
const octets = (letter: Letter): Buffer => Buffer.concat([...renderMime(letter)]);
const isBroken = (shape: ShapeName): boolean =>
  shape.startsWith('broken') || shape.startsWith('raw') || shape === 'endless-line';

describe('codecs', () => {
  it('quote any octets as printable lines of at most 76 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const lines = Buffer.from(bytes)
          .toString('latin1')
          .replace(/[\r\n]/g, '\r\n');
        const quoted = quotedPrintable(Buffer.from(lines, 'latin1')).toString('latin1');
        expect(decodeQuoted(quoted).toString('latin1')).toBe(lines);
        expect(Math.max(...quoted.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
      }),
    );
  });

  it('wrap base64 alike in one piece and in many', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)));
    fc.assert(
      fc.property(pieces, (parts) => {
        const whole = Buffer.concat(parts);
        expect(Buffer.concat([...wrapBase64Pieces(parts)])).toEqual(wrapBase64(whole));
        expect(Buffer.from(wrapBase64(whole).toString('latin1'), 'base64')).toEqual(whole);
      }),
    );
  });

  it('carry any subject and any name through a header', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 120 }).map((words) => words.replace(/\s+/g, ' ').trim());
    fc.assert(
      fc.property(text, (subject) => {
        expect(decodeWords(headerText(subject).replace(/\r\n /g, ' '))).toBe(subject);
        const address = { name: subject, address: 'a@b.example' };
        expect(parseAddresses(addressList([address]).replace(/\r\n /g, ' '))).toEqual([address]);
      }),
    );
  });
});

describe('generated mail', () => {
  it.each(SHAPE_NAMES)('is the same at every reading: %s', (shape) => {
    expect(octets(letterOf(shape))).toEqual(octets(letterOf(shape)));
  });

  it.each(SHAPE_NAMES.filter((shape) => !isBroken(shape) && !shape.startsWith('smime')))(
    'says as MIME what it says as JSON: %s',
    (shape) => {
      for (let source = 1; source < 12; source++) {
        const letter = letterOf(shape, source);
        const read = parseMime(octets(letter), { ...letter, attachments: [] });
        const { subject, from, to, cc, bcc, internetMessageId } = letter;
        expect(read).toMatchObject({ subject, from, to, cc, bcc, internetMessageId });
        expect(read.body()).toEqual(letter.body());
        const files = ({ attachments }: Letter): string[] =>
          attachments
            .filter(({ contentType }) => contentType !== 'text/calendar')
            .flatMap((part) => (part.kind === 'file' ? [`${part.name} ${sha256Of(part.content.pieces())}`] : []));
        expect(files(read)).toEqual(files(letter));
      }
    },
  );

  it.each(SHAPE_NAMES.filter(isBroken))('can be read when it is broken: %s', (shape) => {
    const letter = letterOf(shape);
    expect(() => parseMime(octets(letter), letter)).not.toThrow();
  });

  it('shares attachments between messages', () => {
    const seen = new Map<string, number>();
    for (let source = 0; source < 200; source++) {
      for (const part of letterOf('attached', source).attachments) {
        if (part.kind === 'file') seen.set(part.content.key, (seen.get(part.content.key) ?? 0) + 1);
      }
    }
    expect(seen.size).toBeLessThan(190);
    expect(Math.max(...seen.values())).toBeGreaterThan(1);
  });
});
