import { createHash } from 'node:crypto';
import type { Rng } from '../../core/rng.js';
import type { Letter } from '../content/letter.js';
import { bigInteger, der, integer, nothing, octetString, oid, printable, sequence, setOf, utcTime } from './der.js';
import { type Entity, entityOctets, multipart } from './entity.js';
import { wrapBase64 } from './text-encoding.js';

const SIGNED_DATA = oid('1.2.840.113549.1.7.2');
const ENVELOPED_DATA = oid('1.2.840.113549.1.7.3');
const DATA = oid('1.2.840.113549.1.7.1');
const SHA256 = sequence(oid('2.16.840.1.101.3.4.2.1'), nothing);
const RSA = sequence(oid('1.2.840.113549.1.1.1'), nothing);
const SHA256_RSA = sequence(oid('1.2.840.113549.1.1.11'), nothing);
const AES256_CBC = oid('2.16.840.1.101.3.4.1.42');
const CONTENT_TYPE = oid('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = oid('1.2.840.113549.1.9.4');
const SIGNING_TIME = oid('1.2.840.113549.1.9.5');

const name = (common: string): Buffer => sequence(setOf(sequence(oid('2.5.4.3'), printable(common))));
const issuerAndSerial = (serial: Buffer): Buffer => sequence(name('Example CA'), bigInteger(serial));
const contentInfo = (type: Buffer, content: Buffer): Buffer => sequence(type, der(0xa0, content));

function certificate(rng: Rng, serial: Buffer, at: number): Buffer {
  const key = sequence(bigInteger(rng.bytes(256)), der(0x02, Buffer.from([1, 0, 1])));
  const validity = sequence(utcTime(at - 30 * 86_400_000), utcTime(at + 335 * 86_400_000));
  const subjectKey = sequence(RSA, der(0x03, Buffer.from([0]), key));
  const body = sequence(
    der(0xa0, integer(2)),
    bigInteger(serial),
    SHA256_RSA,
    name('Example CA'),
    validity,
    name('Signer'),
    subjectKey,
  );
  return sequence(body, SHA256_RSA, der(0x03, Buffer.from([0]), rng.bytes(256)));
}

/**
 * A CMS SignedData (RFC 5652, 5) with certificate and signed attributes. The digest is that of `content`; the signature and
 * the key are noise, so it parses everywhere and verifies nowhere. `content` is carried inside unless `isDetached`.
 */
function signedData(rng: Rng, content: Buffer, at: number, isDetached: boolean): Buffer {
  const serial = rng.bytes(8);
  const digest = createHash('sha256').update(content).digest();
  const attributes = [
    sequence(CONTENT_TYPE, setOf(DATA)),
    sequence(SIGNING_TIME, setOf(utcTime(at))),
    sequence(MESSAGE_DIGEST, setOf(octetString(digest))),
  ];
  const signer = sequence(
    integer(1),
    issuerAndSerial(serial),
    SHA256,
    der(0xa0, ...attributes),
    RSA,
    octetString(rng.bytes(256)),
  );
  const inner = isDetached ? sequence(DATA) : contentInfo(DATA, octetString(content));
  const certificates = der(0xa0, certificate(rng, serial, at));
  return contentInfo(SIGNED_DATA, sequence(integer(1), setOf(SHA256), inner, certificates, setOf(signer)));
}

function envelopedData(rng: Rng, bytes: number): Buffer {
  const recipient = sequence(integer(0), issuerAndSerial(rng.bytes(8)), RSA, octetString(rng.bytes(256)));
  const cipher = sequence(AES256_CBC, octetString(rng.bytes(16)));
  const encrypted = sequence(DATA, cipher, der(0x80, rng.bytes(bytes - (bytes % 16) + 16)));
  return contentInfo(ENVELOPED_DATA, sequence(integer(0), setOf(recipient), encrypted));
}

/** Clear-signed content (RFC 8551, 3.5.3): the content itself, then the detached signature over its octets. */
export function signedEntity(rng: Rng, content: Entity, letter: Letter): Entity {
  const signed = Buffer.concat([...entityOctets(content)]);
  const signature: Entity = {
    header:
      'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n' +
      'Content-Disposition: attachment; filename="smime.p7s"\r\n',
    body: [wrapBase64(signedData(rng, signed, letter.sentAt, true))],
  };
  const cut = signed.indexOf('\r\n\r\n');
  const content7bit: Entity = { header: signed.toString('latin1', 0, cut + 2), body: [signed.subarray(cut + 4)] };
  return multipart([content7bit, signature], {
    kind: 'signed',
    boundary: `----=_signed_${rng.uint32().toString(16)}`,
    parameters: ';\r\n protocol="application/pkcs7-signature"; micalg=sha-256',
  });
}

/** The octets of `smime.p7m`: signed with the content inside, or encrypted. */
export function opaqueContent(
  rng: Rng,
  letter: Letter,
  kind: 'signed-data' | 'enveloped-data',
  content: Buffer,
): Buffer {
  if (kind === 'enveloped-data') return envelopedData(rng, content.length);
  return signedData(rng, content, letter.sentAt, false);
}

/** The single part of an opaque S/MIME message (RFC 8551, 3.5.2). */
export function opaqueEntity(p7m: Buffer, kind: 'signed-data' | 'enveloped-data'): Entity {
  const header =
    `Content-Type: application/pkcs7-mime; smime-type=${kind}; name="smime.p7m"\r\n` +
    'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="smime.p7m"\r\n';
  return { header, body: [wrapBase64(p7m)] };
}
