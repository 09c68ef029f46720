import { asBuffer } from '../octets.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An item id as a tree's key: its UTF-8 bytes. */
export function textKey(text: string): Uint8Array {
  return Buffer.from(text);
}

/** Reverses {@link textKey}. */
export function textOfKey(key: Uint8Array): string {
  const text = asBuffer(key).toString();
  // What is no UTF-8 becomes U+FFFD, which real text may hold too. Most is, and a decoder that checks costs three times as much.
  return text.includes('\uFFFD') ? utf8.decode(key) : text;
}
