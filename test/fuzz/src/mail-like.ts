import fc from 'fast-check';

const BOUNDARIES = ['b', 'b--', '-', "a b'()+_,-./:=?"];
const lineEnd = fc.constantFrom('\r\n', '\n', '\r', '');
const boundary = fc.constantFrom(...BOUNDARIES);
const encoding = fc.constantFrom('base64', 'BASE64', 'quoted-printable', '7bit', 'base64 ; x', '');

const base64Lines = fc
  .tuple(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(4, 60, 64, 76, 77), lineEnd, fc.boolean())
  .map(([bytes, chars, end, isPadded]) => {
    const text = Buffer.from(bytes).toString('base64');
    const cut = isPadded ? text : text.replace(/=+$/, '');
    return cut.replace(new RegExp(`(.{${chars}})`, 'g'), `$1${end}`);
  });

/** Fragments that a splitter looks for, in any order: headers, delimiters, encodings, half lines and noise. */
const fragment = fc.oneof(
  fc.tuple(boundary, lineEnd).map(([name, end]) => `Content-Type: multipart/mixed; boundary="${name}"${end}${end}`),
  fc.tuple(boundary, lineEnd).map(([name, end]) => `Content-Type: multipart/related;${end}\tboundary=${name}${end}`),
  fc.tuple(encoding, lineEnd).map(([name, end]) => `Content-Transfer-Encoding: ${name}${end}${end}`),
  fc.tuple(boundary, fc.constantFrom('', '--', ' \t'), lineEnd).map(([name, tail, end]) => `--${name}${tail}${end}`),
  fc.constantFrom('\r\n', '\n', '--', 'Content-Type: message/rfc822\r\n\r\n', ' folded\r\n', '=', '\0'),
  base64Lines,
  fc.string({ maxLength: 100 }),
);

/** Bytes that are almost a MIME message. */
export const mailLike: fc.Arbitrary<Uint8Array> = fc
  .array(fragment, { maxLength: 25 })
  .map((fragments) => Buffer.from(fragments.join(''), 'latin1'));
