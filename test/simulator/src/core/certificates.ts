import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto, X509Certificate } from 'node:crypto';

const DAY_MS = 86_400_000;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** Names that the server's certificate always bears, so that an unmodified client may be pointed at it by name resolution. */
const SERVED_NAMES = [
  'localhost',
  'login.microsoftonline.com',
  'login.microsoft.com',
  'login.windows.net',
  'graph.microsoft.com',
  '*.sharepoint.com',
  'outlook.office.com',
  'outlook.office365.com',
];

export interface ServerIdentity {
  /** PEM of the authority, for NODE_EXTRA_CA_CERTS. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** A new certificate authority and a server certificate for 127.0.0.1, Microsoft's names and `extraNames`. */
export async function makeServerIdentity(extraNames: readonly string[]): Promise<ServerIdentity> {
  const authorityKeys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity(),
      serialNumber: serial(),
      name: 'CN=Holdfast simulator CA',
      keys: authorityKeys,
      signingAlgorithm: CURVE,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
      ],
    },
    webcrypto,
  );
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(),
      serialNumber: serial(),
      subject: 'CN=Holdfast simulator',
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: CURVE,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(alternativeNames(extraNames)),
        await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      ],
    },
    webcrypto,
  );
  return {
    caPem: authority.toString('pem'),
    certPem: certificate.toString('pem'),
    keyPem: await privatePem(keys.privateKey),
  };
}

/** A certificate that an app registration signs in with. */
export interface AppCertificate {
  /** PKCS #8 PEM. */
  readonly privateKey: string;
  readonly certificate: string;
  /** SHA-256 of the DER, upper-case hexadecimal, as MSAL takes it. */
  readonly thumbprintSha256: string;
}

/** A new self-signed RSA certificate, as a portal's user would make one. */
export async function makeAppCertificate(name: string): Promise<AppCertificate> {
  const keys = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { ...validity(), serialNumber: serial(), name: `CN=${name}`, keys, signingAlgorithm: RSA },
    webcrypto,
  );
  const pem = certificate.toString('pem');
  const fingerprint = new X509Certificate(pem).fingerprint256;
  return {
    privateKey: await privatePem(keys.privateKey),
    certificate: pem,
    thumbprintSha256: fingerprint.replaceAll(':', ''),
  };
}

/** TLS is judged by the client's clock, so these dates follow the machine's and not the simulator's. */
function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + 365 * DAY_MS) };
}

function serial(): string {
  return `00${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
}

function alternativeNames(extraNames: readonly string[]): { type: 'ip' | 'dns'; value: string }[] {
  const names = new Set(['127.0.0.1', ...SERVED_NAMES, ...extraNames]);
  return [...names].map((value) => ({ type: /^[\d.]+$/.test(value) || value.includes(':') ? 'ip' : 'dns', value }));
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
