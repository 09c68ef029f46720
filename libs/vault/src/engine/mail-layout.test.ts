import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { FrameWriter } from '../mail/recipe.js';
import { assembleMail, assembleMailInto } from '../mail/mail-assembler.js';
import { BytesLayout, type ChunkPress, type Layout } from './layout.js';
import { MailLayout } from './mail-layout.js';

const random = seededRandomBytes('mail-layout');
const gear = new Int32Array(random(1024).slice().buffer);

/** A press that keeps chunks in a map under their SHA-256. */
class Shelf implements ChunkPress {
  readonly gear = gear;
  readonly parameters = { minBytes: 1024, avgBytes: 8192, maxBytes: 65536 };
  readonly chunks = new Map<string, Buffer>();

  submit(_branch: string, plain: Uint8Array): Buffer {
    const id = createHash('sha256').update(plain).digest();
    this.chunks.set(id.toString('hex'), Buffer.from(plain));
    return id;
  }
  reserve(bytes: number): Buffer {
    return Buffer.alloc(bytes);
  }
  takeBuffer(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }
  returnBuffer(): void {}

  async *read(ids: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    for (const id of ids) yield this.chunks.get(Buffer.from(id).toString('hex')) ?? Buffer.alloc(0);
  }
}

function pour(layout: Layout, bytes: Uint8Array, piece: number) {
  for (let at = 0; at < bytes.byteLength; at += piece) layout.write(Uint8Array.from(bytes.subarray(at, at + piece)));
  return layout.end();
}

async function storeAndRebuild(mail: Uint8Array, piece: number) {
  const shelf = new Shelf();
  const { chunks, depth } = pour(new MailLayout(shelf, new FrameWriter()), mail, piece);
  if (depth > 0) throw new Error('Longer than these tests are meant to be.');
  const rebuilt = Buffer.concat(await Array.fromAsync(assembleMail(shelf.read(chunks))));
  const stored = Buffer.concat(await Array.fromAsync(shelf.read(chunks)));
  const message = Buffer.alloc(rebuilt.byteLength);
  expect(assembleMailInto(stored, message)).toBe(rebuilt.byteLength);
  expect(message.equals(rebuilt)).toBe(true);
  return { rebuilt, chunks, shelf };
}

function lines(bytes: Uint8Array, chars = 76, lineEnd = '\r\n'): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replaceAll(new RegExp(`(.{${chars}})(?=.)`, 'g'), `$1${lineEnd}`);
}

function mailWith(part: string, lineEnd = '\r\n'): Buffer {
  return Buffer.from(
    [
      'From: <a@contoso.example>',
      'Content-Type: multipart/mixed; boundary="_1"',
      '',
      '--_1',
      'Content-Type: text/plain',
      '',
      'Hello.',
      '--_1',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      '',
      part,
      '--_1--',
      '',
    ].join(lineEnd),
    'latin1',
  );
}

describe('MailLayout', () => {
  it.each([
    [76, '\r\n', 5000],
    [76, '\n', 5001],
    [72, '\r\n', 5002],
    [64, '\n', 1537],
    [1000, '\r\n', 57 * 300],
    [4, '\n', 6000],
  ])('stores an attachment in lines of %d characters as the file that it is', async (chars, lineEnd, length) => {
    const file = random(length);
    const mail = mailWith(lines(file, chars, lineEnd), lineEnd);
    const { rebuilt, chunks, shelf } = await storeAndRebuild(mail, 10_000);
    expect(rebuilt.equals(mail)).toBe(true);
    const asFile = pour(new BytesLayout(shelf), file, 333);
    expect(chunks.slice(1)).toEqual(asFile.chunks);
  });

  it('finds the same attachment at every depth of nesting and in a forwarded message', async () => {
    const file = random(4000);
    const inner = mailWith(lines(file)).toString('latin1').replaceAll('_1', '_2');
    const outer = `Content-Type: multipart/mixed; boundary=_1\r\n\r\n--_1\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--_1\r\nContent-Type: multipart/alternative;\r\n boundary="=_b3"\r\n\r\n--=_b3\r\nContent-Transfer-Encoding: BASE64\r\n\r\n${lines(file)}\r\n--=_b3--\r\n--_1--\r\nepilogue`;
    const { rebuilt, chunks } = await storeAndRebuild(Buffer.from(outer, 'latin1'), 700);
    expect(rebuilt.toString('latin1')).toBe(outer);
    const ids = chunks.slice(1).map((id) => Buffer.from(id).toString('hex'));
    expect(ids).toEqual([...ids.slice(0, ids.length / 2), ...ids.slice(0, ids.length / 2)]);
    expect(ids.length).toBeGreaterThan(1);
  });

  it('costs one chunk for a small message', async () => {
    const { chunks } = await storeAndRebuild(mailWith(lines(random(900))), 4096);
    expect(chunks).toHaveLength(1);
  });

  it('keeps a long body outside the recipe, so that it is found again in other messages', async () => {
    const text = random(50_000).toString().replaceAll(',', '\r\n');
    const mails = ['one', 'two'].map((subject) => Buffer.from(`Subject: ${subject}\r\n\r\n${text}`));
    const [one, two] = await Promise.all(mails.map((mail) => storeAndRebuild(mail, 60_000)));
    expect(one!.rebuilt.equals(mails[0]!)).toBe(true);
    expect(one!.chunks.slice(1)).toEqual(two!.chunks.slice(1));
    expect(one!.chunks[0]).not.toEqual(two!.chunks[0]);
  });

  it.each([
    ['a character that is none of the alphabet', (text: string) => text.replace(/.(?=.{1500})/s, '!')],
    ['a line that is longer', (text: string) => text.replace('\r\n', '')],
    ['a line that is shorter', (text: string) => text.slice(0, 80) + text.slice(84)],
    ['padding that hides bits', (text: string) => `${text.slice(0, -4)}AAB=`],
    ['padding in the middle', (text: string) => `${text.slice(0, 2000)}=${text.slice(2001)}`],
    ['mixed line ends', (text: string) => text.replace(/\r\n(?=.{1000})/s, '\n')],
    ['blank lines behind it', (text: string) => `${text}\r\n\r\n\r\n`],
    ['no line end behind it', (text: string) => text],
    ['spaces at the line ends', (text: string) => text.replaceAll('\r\n', ' \r\n')],
    ['a bare carriage return', (text: string) => `${text}\r`],
  ])('rebuilds base64 with %s', async (_what, change) => {
    for (const length of [5000, 5001, 5002, 57 * 90]) {
      const mail = mailWith(change(lines(random(length))));
      for (const piece of [1, 77, 100_000])
        expect((await storeAndRebuild(mail, piece)).rebuilt.equals(mail)).toBe(true);
    }
  });

  it('rebuilds a message that ends anywhere', async () => {
    const mail = mailWith(lines(random(2500)));
    for (let end = 0; end < mail.byteLength; end += 7) {
      const cut = mail.subarray(0, end);
      expect((await storeAndRebuild(cut, 1000)).rebuilt.equals(cut)).toBe(true);
    }
  });

  it('rebuilds whatever bytes it is given, in whatever pieces', async () => {
    const tokens: ((n: number) => string)[] = [
      (n) => ['\r\n', '\n', '\r', '\r\n\r\n', '\n\n', '--', ' ', '-', '\0'][n % 9]!,
      (n) => ['--b1', '\r\n--b1', '\n--b1--', '--b1--\r\n', '\r\n--b1\r\n', '--b12', '\n--b12\n'][n % 7]!,
      (n) =>
        ['multipart/mixed; boundary=b1', 'multipart/related;\n\tboundary="b12"', 'message/rfc822'].map(
          (type) => `Content-Type: ${type}\r\n\r\n`,
        )[n % 3]!,
      (n) =>
        ['base64', 'BASE64 ', '\r\n base64', '7bit'].map((encoding) => `Content-Transfer-Encoding:${encoding}\r\n\r\n`)[
          n % 4
        ]!,
      (n) => lines(random(n % 4001)),
      (n) => lines(random(n % 3001), 64, '\n'),
      (n) => Buffer.from(random(n % 90_001)).toString('latin1'),
      (n) => 'x'.repeat(n % 2000),
    ];
    const token = fc.record({ kind: fc.nat(tokens.length - 1), n: fc.nat(100_000) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(token, { maxLength: 25 }),
        fc.constantFrom(1, 3, 100, 5000, 1_000_000),
        async (chosen, piece) => {
          const mail = Buffer.from(chosen.map(({ kind, n }) => tokens[kind]!(n)).join(''), 'latin1');
          const { rebuilt } = await storeAndRebuild(mail, Math.max(piece, Math.ceil(mail.byteLength / 2000)));
          expect(rebuilt.equals(mail)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });
});
