import type { RandomBytes } from '@holdfast/kernel';
import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that look random and are the same for the same seed: a ChaCha20 key stream. */
export function seeded(seed: string): RandomBytes {
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('chacha20', key, Buffer.alloc(16));
  return (bytes) => new Uint8Array(stream.update(Buffer.alloc(bytes)));
}
