import { AppError } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { type ObjectBody, type PutTerms } from './destination.port.js';

/**
 * Passes a body on and holds back its last piece until length and SHA-256 are known to be right, so that a receiver who
 * counts bytes never sees a whole object that is a wrong one.
 */
export async function* checkedBody(
  body: ObjectBody,
  { bytes, sha256 }: Pick<PutTerms, 'bytes' | 'sha256'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let seenBytes = 0;
  let held: Uint8Array | undefined;
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    seenBytes += piece.byteLength;
    if (seenBytes > bytes) throw refused(`It holds more than the ${bytes} bytes announced`);
    hash.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (seenBytes !== bytes) throw refused(`It holds ${seenBytes} bytes, announced were ${bytes}`);
  if (hash.digest('hex') !== sha256) throw refused('Its SHA-256 is another than announced');
  if (held) yield held;
}

function refused(what: string): AppError {
  return new AppError(
    'STORE_REJECTED',
    `The object was not stored. ${what}: it was changed on its way. Send it again.`,
  );
}
