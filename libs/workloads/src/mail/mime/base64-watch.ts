const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const PADDING = 0x3d;

/** Longest stretch that is kept to see a line whole; what is longer is looked at in pieces. */
const LINE_KEPT = 64 * 1024;

/** 1 for what base64 is written with, padding included. */
const IS_BASE64 = new Uint8Array(256);
for (const letter of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=')) {
  IS_BASE64[letter] = 1;
}

/**
 * Looks at a message going by for a base64 part that is not whole: letters outside the alphabet or behind the padding, where decoders stop, or
 * a length that no encoder leaves.
 * What such a part holds has to be asked of the service. It may cry wolf over odd text, never the reverse.
 */
export class Base64Watch {
  #place: 'header' | 'text' | 'base64' = 'header';
  #saysBase64 = false;
  #hasBadLetter = false;
  /** Letters of the current part. */
  #letters = 0;
  #isPadded = false;
  /** The start of a line whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  /** The stretch at hand goes on with a line of which the start was looked at. */
  #isInsideLine = false;

  update(piece: Uint8Array): void {
    const data =
      this.#rest.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
        : Buffer.concat([this.#rest, piece]);
    let start = 0;
    for (let end = data.indexOf(LF); end >= 0; end = data.indexOf(LF, start)) {
      this.#look(data, start, end);
      this.#isInsideLine = false;
      start = end + 1;
    }
    this.#rest = Buffer.from(data.subarray(start));
    if (this.#rest.length > LINE_KEPT) this.#lookAtRest();
  }

  /** Whether the message, which has ended, held a damaged part. */
  isDamaged(): boolean {
    this.#lookAtRest();
    this.#endPart();
    return this.#hasBadLetter;
  }

  #lookAtRest(): void {
    if (this.#rest.length > 0) this.#look(this.#rest, 0, this.#rest.length);
    this.#isInsideLine = this.#rest.length > 0;
    this.#rest = Buffer.alloc(0);
  }

  #look(data: Buffer, start: number, end: number): void {
    if (!this.#isInsideLine && data[start] === DASH && data[start + 1] === DASH && end > start + 1) this.#endPart();
    else if (this.#place === 'base64') this.#count(data, start, end);
    else if (this.#place === 'header') this.#readHeader(data, start, end);
  }

  #readHeader(data: Buffer, start: number, end: number): void {
    const isEmpty = end === start || (end === start + 1 && data[start] === CR);
    if (isEmpty) this.#place = this.#saysBase64 ? 'base64' : 'text';
    else if (/^content-transfer-encoding:.*base64/i.test(data.toString('latin1', start, end))) this.#saysBase64 = true;
  }

  #count(data: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += 1) {
      const byte = data[at] ?? 0;
      if (IS_BASE64[byte] === 1) {
        this.#letters += 1;
        if (byte === PADDING) this.#isPadded = true;
        else if (this.#isPadded) this.#hasBadLetter = true;
      } else if (byte !== CR) this.#hasBadLetter = true;
    }
  }

  #endPart(): void {
    if (this.#place === 'base64' && this.#letters % 4 !== 0) this.#hasBadLetter = true;
    this.#place = 'header';
    this.#saysBase64 = false;
    this.#letters = 0;
    this.#isPadded = false;
  }
}
