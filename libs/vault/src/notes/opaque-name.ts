import { createHmac } from 'node:crypto';

/** 32 hexadecimal digits that stand for ids in an object's name and tell nothing without the index key. */
export function opaqueName(
  indexKey: Uint8Array,
  purpose: 'resource' | 'set' | 'job',
  ...ids: readonly string[]
): string {
  const message = [`holdfast/v1/${purpose}`, ...ids].join('\0');
  return createHmac('sha256', indexKey).update(message).digest('hex').slice(0, 32);
}
