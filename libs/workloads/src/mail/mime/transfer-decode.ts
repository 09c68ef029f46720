/** The bytes that a body stands for (RFC 2045, section 6). Whatever is not base64 or quoted-printable stands for itself. */
export function transferDecode(body: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  return encoding === 'quoted-printable' ? quotedPrintable(body) : body;
}

const EQUALS = 0x3d;
const CR = 0x0d;
const LF = 0x0a;

function quotedPrintable(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length);
  let to = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body.readUInt8(at);
    if (byte !== EQUALS) {
      out[to++] = byte;
      continue;
    }
    const breakBytes = softBreakBytes(body, at + 1);
    const code = hexPair(body, at + 1);
    if (breakBytes > 0) at += breakBytes;
    else if (code === undefined) out[to++] = byte;
    else {
      out[to++] = code;
      at += 2;
    }
  }
  return out.subarray(0, to);
}

/** Bytes of a line break (with blanks that a gateway left before it) right behind an equals sign. */
function softBreakBytes(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at += 1;
  if (body[at] === LF) return at + 1 - from;
  return body[at] === CR && body[at + 1] === LF ? at + 2 - from : 0;
}

function hexPair(body: Buffer, at: number): number | undefined {
  const pair = body.toString('latin1', at, at + 2);
  return /^[0-9a-f]{2}$/i.test(pair) ? parseInt(pair, 16) : undefined;
}
