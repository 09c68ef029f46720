import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { emlName } from '../mail/eml-name.js';
import { safeName } from './safe-name.js';
import { zip, type ZipEntry } from './zip.js';

describe('safeName', () => {
  it.each([
    ['report.docx', 'report.docx'],
    ['受信トレイ', '受信トレイ'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['..', '_'],
    ['', '_'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['a<b>c:d|e?f*g"h\\i', 'a_b_c_d_e_f_g_h_i'],
    ['trailing. . ', 'trailing'],
    ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
  ])('%j becomes %j', (name, expected) => {
    expect(safeName(name)).toBe(expected);
  });

  it('gives any name a place inside its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeName(name);
        expect(safe).not.toMatch(/[\\/\0]/);
        expect(['', '.', '..']).not.toContain(safe);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(181);
      }),
    );
  });
});

describe('emlName', () => {
  it('names time and subject', () => {
    const record = { kind: 'message', bytes: 0, properties: {}, sortAt: Date.UTC(2026, 0, 5, 10) } as const;
    expect(emlName({ ...record, name: 'Budget' })).toBe('2026-01-05 10.00 Budget.eml');
    expect(emlName({ ...record, name: ' ' })).toBe('2026-01-05 10.00 no subject.eml');
  });
});

describe('zip', () => {
  async function* bytes(...pieces: string[]) {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  const at = Date.UTC(2026, 0, 5, 10);

  async function written(entries: ZipEntry[]): Promise<Record<string, string>> {
    const source = async function* () {
      yield* entries;
    };
    const files = unzipSync(Buffer.concat(await Array.fromAsync(zip(source()))));
    return Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString()]));
  }

  it('is read by another library, with folders, empty files and names made safe and unique', async () => {
    const files = await written([
      { path: ['Mail', 'Inbox'], modifiedAt: at },
      { path: ['Mail', 'Inbox', 'a.eml'], modifiedAt: at, content: bytes('one', ' two') },
      { path: ['Mail', 'Inbox', 'A.eml'], modifiedAt: at, content: bytes('other') },
      { path: ['..', 'größe.txt'], modifiedAt: 0, content: bytes() },
    ]);
    expect(files).toEqual({
      'Mail/Inbox/': '',
      'Mail/Inbox/a.eml': 'one two',
      'Mail/Inbox/A (2).eml': 'other',
      '_/größe.txt': '',
    });
  });

  it('keeps folders apart whose names become equal when they are made safe', async () => {
    const folders = ['A/B', 'A_B', 'a?b', 'A/B'];
    const files = await written([
      ...folders.map((folder, n) => ({ path: [folder, `${n}.eml`], modifiedAt: at, content: bytes(`in ${folder}`) })),
      ...folders.map((folder) => ({ path: [folder], modifiedAt: at })),
      { path: ['A/B', 'below', 'c.eml'], modifiedAt: at, content: bytes('below A/B') },
    ]);
    expect(files).toEqual({
      'A_B/0.eml': 'in A/B',
      'A_B (2)/1.eml': 'in A_B',
      'a_b (3)/2.eml': 'in a?b',
      'A_B/3.eml': 'in A/B',
      'A_B/': '',
      'A_B (2)/': '',
      'a_b (3)/': '',
      'A_B/below/c.eml': 'below A/B',
    });
  });

  it('goes on without an entry that may be lacking and breaks off, whose bytes have a wrong checksum', async () => {
    const broke: unknown[] = [];
    const source = async function* (): AsyncGenerator<ZipEntry> {
      yield { path: ['a'], modifiedAt: at, content: bytes('one') };
      yield { path: ['b'], modifiedAt: at, content: broken(), mayLack: (error) => broke.push(error) > 0 };
      yield { path: ['c'], modifiedAt: at, content: bytes('three'), mayLack: () => true };
      yield { path: ['folder'], modifiedAt: at };
    };
    const whole = Buffer.concat(await Array.fromAsync(zip(source())));
    const files = Object.entries(unzipSync(whole)).map(([name, content]) => [name, Buffer.from(content).toString()]);
    expect(files).toEqual([
      ['a', 'one'],
      ['c', 'three'],
      ['folder/', ''],
    ]);
    expect(broke).toEqual([new Error('lost')]);
    // A data descriptor follows each file: signature, checksum, sizes.
    const checksums: number[] = [];
    for (let from = whole.indexOf('PK\x07\x08'); from >= 0; from = whole.indexOf('PK\x07\x08', from + 1))
      checksums.push(whole.readUInt32LE(from + 4));
    expect(checksums).toEqual([crc32('one'), ~crc32('half') >>> 0, crc32('three')]);
  });

  it('sends nothing of an entry that may be lacking and breaks off at once', async () => {
    async function* lost(): AsyncGenerator<Uint8Array> {
      await Promise.reject(new Error('lost'));
      yield Buffer.from('never');
    }
    const source = async function* (): AsyncGenerator<ZipEntry> {
      yield { path: ['a'], modifiedAt: at, content: lost(), mayLack: () => true };
      yield { path: ['a'], modifiedAt: at, content: bytes('one') };
    };
    const whole = Buffer.concat(await Array.fromAsync(zip(source())));
    expect(Object.keys(unzipSync(whole))).toEqual(['a']);
    expect(whole.indexOf('PK\x03\x04', 1)).toBe(-1);
  });

  it('compresses what that makes shorter, and keeps what is compressed already, in entries of the same kind', async () => {
    // An Office file is a ZIP: its heads are not noise, what they stand before is.
    const part = Buffer.from(randomBytes(150_000).toString('hex'));
    const office = Buffer.from(zipSync({ '[Content_Types].xml': Buffer.from('<Types/>'), 'word/document.xml': part }));
    const picture = Buffer.concat([Buffer.from('JFIF'), Buffer.alloc(2_000), randomBytes(100_000)]);
    const text = Buffer.alloc(300_000, 'all the same ');
    async function* halves(content: Buffer): AsyncGenerator<Uint8Array> {
      yield content.subarray(0, 100_000);
      yield content.subarray(100_000);
    }
    const source = async function* (): AsyncGenerator<ZipEntry> {
      for (const content of [office, text, picture]) yield { path: ['x'], modifiedAt: at, content: halves(content) };
    };
    const whole = Buffer.concat(await Array.fromAsync(zip(source())));
    expect(Object.values(unzipSync(whole)).map((content) => Buffer.from(content))).toEqual([office, text, picture]);
    // Not a byte of them is spared.
    for (const stored of [office, picture]) expect(whole.includes(stored.subarray(70_000, 90_000))).toBe(true);
    expect(whole.byteLength).toBeLessThan(office.byteLength + picture.byteLength + 10_000);
    const methods: number[] = [];
    for (let from = whole.indexOf('PK\x03\x04'); from >= 0; from = whole.indexOf('PK\x03\x04', from + 1))
      methods.push(whole.readUInt16LE(from + 8));
    // Those of the Office file's own entries among them.
    expect(methods).toEqual([8, 8, 8, 8, 8]);
  });

  it('lets go of a content that nobody reads to its end', async () => {
    let isLetGo = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield randomBytes(100_000);
      } finally {
        isLetGo = true;
      }
    }
    const source = async function* (): AsyncGenerator<ZipEntry> {
      yield { path: ['a'], modifiedAt: at, content: endless() };
    };
    for await (const piece of zip(source())) if (piece.length > 10_000) break;
    await new Promise(setImmediate);
    expect(isLetGo).toBe(true);
  });

  it('fails when a content fails, instead of ending as if it were whole', async () => {
    const source = async function* (): AsyncGenerator<ZipEntry> {
      yield { path: ['a'], modifiedAt: at, content: bytes('ok') };
      yield { path: ['b'], modifiedAt: at, content: broken() };
    };
    await expect(Array.fromAsync(zip(source()))).rejects.toThrow('lost');
  });

  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('lost');
  }

  it('stops when its reader does', async () => {
    let asked = 0;
    const source = async function* (): AsyncGenerator<ZipEntry> {
      for (;;) {
        asked += 1;
        yield { path: ['a'], modifiedAt: at, content: bytes('x'.repeat(100_000)) };
      }
    };
    for await (const piece of zip(source())) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(asked).toBeLessThan(100);
  });
});
