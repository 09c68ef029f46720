import type { Breakage } from '../content/letter.js';

/** Damages a well-formed message the way mail is damaged in the wild. Style alone makes the kinds that pass through unchanged. */
export function breakMime(octets: Iterable<Buffer>, breakage: Breakage): Buffer[] {
  const whole = Buffer.concat([...octets]);
  switch (breakage) {
    case 'bare-lf':
      return [Buffer.from(whole.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')];
    case 'bad-base64':
      return [spoilBase64(whole)];
    case 'endless-line':
      return [joinBodyLines(whole)];
    case 'cut-header':
      return [Buffer.concat([Buffer.from('X-Scanned by mx1\r\n: \r\n'), whole])];
    case 'unclosed-boundary':
    case 'wrong-charset':
    case 'raw-8bit-headers':
      return [whole];
  }
}

/** Puts characters outside the alphabet into the last base64 line and takes its padding away. */
function spoilBase64(whole: Buffer): Buffer {
  const text = whole.toString('latin1');
  const at = text.search(/\r\n\r\n--[^\r]*--\r\n$/);
  const cut = at < 0 ? text.length : at;
  return Buffer.from(`${text.slice(0, cut - 5)}!*~${text.slice(cut)}`, 'latin1');
}

/** Makes the body one line of any length (RFC 5322, 2.1.1 allows 998 characters). */
function joinBodyLines(whole: Buffer): Buffer {
  const text = whole.toString('latin1');
  const start = text.indexOf('\r\n\r\n') + 4;
  return Buffer.from(`${text.slice(0, start)}${text.slice(start).replaceAll('\r\n', ' ')}\r\n`, 'latin1');
}
