import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Rng } from '../../core/rng.js';
import { BLOCK_BYTES, BlockSource } from './block-source.js';
import { LiteralSource, NoiseSource } from './byte-source.js';
import { Content } from './content.js';
import { ContentLibrary } from './content-library.js';
import { IncomingContent } from './incoming-content.js';
import { officeDocument } from './office-document.js';
import { pdfDocument } from './pdf-document.js';
import { quickXorHash } from './quick-xor-hash.js';
import { nextRevision, type Recipe } from './recipe.js';

const whole = (content: Content) => Buffer.concat([...content.read(0, content.size)]);
const GIB = 1024 ** 3;

describe('content', () => {
  it('gives the same bytes from any offset', () => {
    const sources = [new NoiseSource('noise', 300_001), new BlockSource('blocks', 2 * BLOCK_BYTES + 12_345)];
    for (const source of sources) {
      const bytes = whole(Content.of(source));
      fc.assert(
        fc.property(fc.nat(source.size), fc.nat(source.size), (a, b) => {
          const [from, to] = a < b ? [a, b] : [b, a];
          const part = Buffer.concat([...Content.of(source).read(from, to)]);
          expect(part.equals(bytes.subarray(from, to))).toBe(true);
        }),
        { numRuns: 30 },
      );
    }
  });

  it('splices like bytes do', () => {
    const start = Buffer.from(new NoiseSource('start', 5_000).read(0, 5_000));
    const edits = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(200), fc.uint8Array({ maxLength: 200 })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(edits, (list) => {
        let content = Content.fromBytes(start);
        let bytes = start;
        for (const [place, removed, inserted] of list) {
          const at = Math.floor(place * bytes.length);
          content = content.splice(at, removed, new LiteralSource(inserted));
          bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
        }
        expect(whole(content).equals(bytes)).toBe(true);
        expect(content.quickXorHash).toBe(quickXorHash(bytes));
      }),
    );
  });

  it('knows the hash of a block file without reading it', () => {
    for (const size of [0, 5, BLOCK_BYTES, 5 * BLOCK_BYTES + 77, 33 * BLOCK_BYTES]) {
      const content = Content.of(new BlockSource('big', size));
      expect(content.quickXorHash).toBe(quickXorHash(whole(content)));
    }
  });

  it('repeats itself but for a block here and there where it is to, and has the hash of its bytes', () => {
    const repeating = Content.of(new BlockSource('again', 70 * BLOCK_BYTES + 99, 16));
    const bytes = whole(repeating);
    expect(repeating.quickXorHash).toBe(quickXorHash(bytes));
    const blocks = Array.from({ length: 70 }, (_, at) =>
      bytes.toString('latin1', at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES),
    );
    // Fifteen kinds that are never stamped, and the first kind once for each of its blocks.
    expect(new Set(blocks).size).toBe(15 + 5);
  });

  it('answers for 50 GB as fast as for one', () => {
    const content = Content.of(new BlockSource('huge', 50 * GIB));
    expect(content.quickXorHash).toHaveLength(28);
    expect(Buffer.concat([...content.read(50 * GIB - 10, 50 * GIB)])).toHaveLength(10);
  });

  it('makes the hash that Node makes', async () => {
    const content = Content.of(new NoiseSource('sum', 3_000_000));
    expect(await content.sha256()).toBe(createHash('sha256').update(whole(content)).digest('hex'));
  });
});

describe('documents', () => {
  const recipe: Recipe = {
    form: 'office',
    kind: 'docx',
    name: 'letter',
    paragraphCount: 40,
    revision: 0,
    pictures: ['logo'],
  };
  const library = new ContentLibrary();

  it.each(['docx', 'xlsx', 'pptx'] as const)('writes %s as a ZIP whose parts can be read back', (kind) => {
    const bytes = officeDocument(new Rng('x'), { kind, paragraphCount: 9, revision: 1, pictures: ['logo'] });
    const names = zipNames(bytes);
    expect(names).toEqual(expect.arrayContaining(['[Content_Types].xml', '_rels/.rels', 'docProps/core.xml']));
    expect(names.some((name) => name.endsWith('media/image1.jpg'))).toBe(true);
    expect(inflateRawSync(bytes.subarray(30 + '[Content_Types].xml'.length)).toString()).toContain('<Types');
  });

  it('points the PDF cross-reference table at its objects', () => {
    const bytes = pdfDocument(new Rng('x'), { lines: 5, revision: 0, picture: 'logo' });
    const text = bytes.toString('latin1');
    const table = text.slice(Number(/startxref\n(\d+)/.exec(text)?.[1]));
    const offsets = [...table.matchAll(/^(\d{10}) 00000 n/gm)].map((match) => Number(match[1]));
    expect(offsets.map((at) => text.slice(at, at + 7))).toEqual([1, 2, 3, 4, 5, 6].map((number) => `${number} 0 obj`));
  });

  it('keeps most bytes of a document over a revision', () => {
    const first = whole(library.fromRecipe(recipe));
    const second = whole(library.fromRecipe(nextRevision(recipe)!));
    expect(second.equals(first)).toBe(false);
    const logo = first.subarray(
      first.indexOf(Buffer.from('ffd8ffe0', 'hex')),
      first.indexOf(Buffer.from('ffd9', 'hex')),
    );
    expect(second.includes(logo)).toBe(true);
  });

  it('is one content for equal recipes', () => {
    expect(library.fromRecipe({ ...recipe })).toBe(library.fromRecipe(recipe));
  });
});

describe('incoming content', () => {
  const library = new ContentLibrary();
  const known = library.fromRecipe({ form: 'noise', name: 'known', bytes: 100_000 });

  it('turns out to be the content that was there', () => {
    const incoming = new IncomingContent(library, known.size);
    const bytes = whole(known);
    for (let at = 0; at < bytes.length; at += 30_000) incoming.write(bytes.subarray(at, at + 30_000));
    expect(incoming.finish()).toBe(known);
  });

  it.each([0, 1, 29_999, 30_000, 99_999])('keeps what differs from byte %d on', (at) => {
    const bytes = Buffer.from(whole(known));
    bytes[at]! ^= 1;
    const incoming = new IncomingContent(library, bytes.length);
    for (let done = 0; done < bytes.length; done += 30_000) incoming.write(bytes.subarray(done, done + 30_000));
    expect(whole(incoming.finish()).equals(bytes)).toBe(true);
  });
});

/** Names in a ZIP's central directory. */
function zipNames(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = bytes.readUInt32LE(bytes.length - 6); bytes.readUInt32LE(at) === 0x02014b50;) {
    const length = bytes.readUInt16LE(at + 28);
    names.push(bytes.toString('utf8', at + 46, at + 46 + length));
    at += 46 + length;
  }
  return names;
}
