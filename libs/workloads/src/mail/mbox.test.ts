import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ItemRecord } from '@holdfast/vault';
import { mbox } from './mbox.js';

const record: ItemRecord = { kind: 'message', name: '', bytes: 0, sortAt: Date.UTC(2026, 0, 5, 10), properties: {} };

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function write(texts: readonly string[], size: number): Promise<string> {
  const messages = async function* () {
    for (const text of texts) yield { record, mime: cut(text, size) };
  };
  return Buffer.concat(await Array.fromAsync(mbox(messages()))).toString();
}

describe('mbox', () => {
  it('puts each message behind a From line and quotes what looks like one', async () => {
    expect(await write(['Subject: a\r\n\r\nFrom me\r\n>From you\r\nnot From us\r\n'], 7)).toBe(
      'From MAILER-DAEMON Mon Jan  5 10:00:00 2026\nSubject: a\r\n\r\n>From me\r\n>>From you\r\nnot From us\r\n\n',
    );
  });

  it('gives every message back, however its bytes came', async () => {
    const line = fc.constantFrom('From ', '>From x', '>>From', 'F', 'Fro', 'text', '', '>', 'xFrom ');
    const message = fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => `${lines.join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 20 }),
        async (texts, size) => {
          const written = await write(texts, size);
          const read = written
            .split(/^From MAILER-DAEMON .*\n/m)
            .slice(1)
            .map((text) => text.slice(0, -1).replace(/^>(>*From )/gm, '$1'));
          expect(read).toEqual(texts);
        },
      ),
    );
  });
});
