import { PassThrough, type Readable, Writable } from 'node:stream';
import { type ByteRange } from '../destination.port.js';
import { ftpError } from './ftp-errors.js';
import { type FtpSession } from './ftp-session.js';

/**
 * A stretch of a file. The protocol knows where to begin and not where to end: behind the stretch the connection is cut, unless the file
 * ends there. `ended` is told once whether the session can be used on.
 */
export function readStretch(
  session: FtpSession,
  path: string,
  { offset, length }: ByteRange,
  ended: (isSound: boolean) => void,
): Readable {
  const stretch = new PassThrough();
  let left = length;
  const sink = new Writable({
    write(piece: Uint8Array, _encoding, taken) {
      const wanted = piece.subarray(0, left);
      left -= wanted.byteLength;
      if (wanted.byteLength > 0) stretch.write(wanted, taken);
      if (left === 0) stretch.end();
      if (wanted.byteLength < piece.byteLength) session.close();
      if (wanted.byteLength === 0) taken();
    },
  });
  // Whoever stops reading leaves the rest of the file on its way.
  stretch.once('close', () => {
    if (left > 0) session.close();
  });
  session.client.downloadTo(sink, path, offset).then(
    () => {
      if (left > 0) stretch.destroy(ftpError(new Error('the file ends before its length')));
      ended(true);
    },
    (thrown: unknown) => {
      if (left > 0) stretch.destroy(ftpError(thrown));
      ended(false);
    },
  );
  return stretch;
}
