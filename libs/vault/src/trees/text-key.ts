const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An item id as a tree's key: its UTF-8 bytes. */
export function textKey(text: string): Uint8Array {
  return Buffer.from(text);
}

/** Reverses {@link textKey}. */
export function textOfKey(key: Uint8Array): string {
  return utf8.decode(key);
}
