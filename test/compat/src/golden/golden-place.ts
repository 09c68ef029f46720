import { type Destination, openDestination } from '@holdfast/destinations';
import { SystemClock } from '@holdfast/kernel';
import { createHash, randomBytes } from 'node:crypto';

/** The folder of a golden vault as the product sees a destination. */
export function openPlace(path: string, prefix: string): Promise<Destination> {
  return openDestination(
    { settings: { kind: 'folder', path }, credentials: { kind: 'folder' }, prefix },
    { clock: new SystemClock(), randomBytes },
  );
}

/** Puts objects where a backup would: the place bears the product's mark. */
export async function fillPlace(destination: Destination, objects: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await destination.claim();
  for (const [name, bytes] of objects) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await destination.put(name, bytes, { bytes: bytes.byteLength, sha256, ifAbsent: true });
  }
}
