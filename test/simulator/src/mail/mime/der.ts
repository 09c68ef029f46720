/** A DER element (ITU-T X.690): tag, length, content. */
export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(body.length), body]);
}

function lengthOctets(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

export const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
export const setOf = (...content: readonly Buffer[]): Buffer => der(0x31, ...content);
export const octetString = (content: Buffer): Buffer => der(0x04, content);
export const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));

/** A positive integer; its top bit is set, so that the zero before it is the one that DER asks for. */
export function bigInteger(content: Buffer): Buffer {
  const magnitude = Buffer.from(content);
  magnitude[0] = (magnitude[0] ?? 0) | 0x80;
  return der(0x02, Buffer.from([0]), magnitude);
}

export const printable = (text: string): Buffer => der(0x13, Buffer.from(text, 'latin1'));
export const nothing: Buffer = der(0x05);

/** An object identifier such as `1.2.840.113549.1.7.2`. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left & 127) | 128);
    octets.push(...groups);
  }
  return der(0x06, Buffer.from(octets));
}

/** UTCTime, `YYMMDDHHMMSSZ`. */
export const utcTime = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`, 'latin1'));
