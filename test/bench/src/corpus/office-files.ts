import { type Draws, noise } from './draws.js';
import type { Language } from './language.js';

export const OFFICE_ENDINGS = ['docx', 'xlsx', 'pptx', 'pdf'] as const;

const LOCAL_FILE_HEADER = 0x04034b50;
const STORED_MAX_BYTES = 32_768;

/** Makes files as Office does: a ZIP of compressed parts, a few of them stored as they are, and a directory at the end. */
export class OfficeFiles {
  constructor(
    private readonly seed: number,
    private readonly language: Language,
  ) {}

  make(index: number, bytes: number, draws: Draws): Buffer {
    const data = noise(this.seed, `office/${index}`, bytes);
    const pieces: Buffer[] = [];
    const directory: string[] = [];
    for (let at = 0; at < bytes;) {
      const length = Math.min(bytes - at, draws.logUniform(2 << 10, 512 << 10));
      const name = `word/${this.language.word(draws)}${directory.length}.xml`;
      const header = Buffer.alloc(30);
      header.writeUInt32LE(LOCAL_FILE_HEADER, 0);
      header.writeUInt32LE(draws.uint32(), 14);
      header.writeUInt32LE(length, 18);
      header.writeUInt16LE(name.length, 26);
      const isStored = draws.unit() < 0.04;
      const body = isStored ? this.#markup(draws, Math.min(length, STORED_MAX_BYTES)) : data.subarray(at, at + length);
      pieces.push(header, Buffer.from(name), body);
      directory.push(name);
      at += length + header.length + name.length;
    }
    const end = directory.map((name) => `PK\x01\x02${draws.hex(20)}${name}`).join('');
    return Buffer.concat([...pieces, Buffer.from(end, 'latin1')]);
  }

  /** The file after someone worked on it: bytes added, replaced and taken out in a few places. */
  edit(file: Buffer, draws: Draws, edits: number): Buffer {
    const places = Array.from({ length: edits }, () => draws.below(file.length)).sort((a, b) => a - b);
    const pieces: Buffer[] = [];
    let at = 0;
    for (const place of places) {
      if (place < at) continue;
      pieces.push(file.subarray(at, place), noise(this.seed, `edit/${draws.uint32()}`, 1 + draws.below(4000)));
      at = Math.min(file.length, place + (draws.unit() < 0.5 ? 0 : draws.below(4000)));
    }
    return Buffer.concat([...pieces, file.subarray(at)]);
  }

  #markup(draws: Draws, bytes: number): Buffer {
    let text = '';
    while (text.length < bytes)
      text += `<w:p w:rsidR="00${draws.hex(6)}"><w:r><w:t>${this.language.prose(draws, 30)}</w:t></w:r></w:p>`;
    return Buffer.from(text.slice(0, bytes), 'latin1');
  }
}
