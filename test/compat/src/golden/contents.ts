import { seeded } from './seeded.js';
import type { StoryContent } from './story.js';

export const file = (bytes: Uint8Array | string): StoryContent => ({ form: 'bytes', bytes: Buffer.from(bytes) });
export const mime = (bytes: Uint8Array | string): StoryContent => ({ form: 'mime', bytes: Buffer.from(bytes) });

/** Bytes that do not compress, always the same for a name. */
export const noise = (name: string, bytes: number): Buffer => Buffer.from(seeded(name)(bytes));

/** A table of so many rows: about 60 bytes a row, many chunks, few of them equal. */
export function table(rows: number): Buffer {
  const lines = ['Date;Customer;Net;VAT;Gross'];
  for (let row = 0; row < rows; row++) {
    const net = (row * 7919) % 100_000;
    const day = String(1 + (row % 28)).padStart(2, '0');
    lines.push(
      `2025-${String(1 + (row % 12)).padStart(2, '0')}-${day};Customer ${row};${net};${net * 0.19};${net * 1.19}`,
    );
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

/** One stretch again and again: so many chunks that their list needs a list of its own, and hardly any byte in the vault. */
export function repeated(name: string, period: number, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => noise(name, period)));
}

/** Base64 in lines. */
export function base64(bytes: Uint8Array, lineLength: number, lineEnd: string): string {
  const text = Buffer.from(bytes).toString('base64');
  return text.match(new RegExp(`.{1,${lineLength}}`, 'g'))?.join(lineEnd) ?? '';
}
