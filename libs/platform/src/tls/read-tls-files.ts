import { AppError } from '@holdfast/kernel';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Secret } from '../config/secret.js';
import type { TlsFiles } from './certificates.js';

/** A file, and the setting that names it. */
export interface NamedFile {
  readonly setting: string;
  readonly path: string;
}

/** Where the parts of one side lie; a certificate and its key go together. */
export interface TlsPaths {
  readonly ca?: NamedFile | undefined;
  readonly certificate?: NamedFile | undefined;
  readonly privateKey?: NamedFile | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads and checks files as they lie there now, so that what the other side would refuse without a reason is told here: INVALID_CONFIG
 * names the setting and what to do.
 */
export async function readTlsFiles({ ca, certificate, privateKey }: TlsPaths, nowMs: number): Promise<TlsFiles> {
  const files = {
    ...(ca && { ca: bundleOf(await read(ca)) }),
    ...(certificate && { certificate: await read(certificate) }),
    ...(privateKey && { privateKey: new Secret(await read(privateKey)) }),
  };
  if (ca) certificatesIn(ca, files.ca);
  if (certificate && privateKey) checkPair(certificate, files.certificate, privateKey, files.privateKey, nowMs);
  return files;
}

/** The certificate that a PEM text begins with. */
export function leafOf(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

/** Refuses a service's certificate that does not name the service, or that none of the authorities it believes in has issued. */
export function checkServiceFiles(name: string, paths: Required<TlsPaths>, files: TlsFiles): void {
  const { setting } = paths.certificate ?? { setting: 'certificate' };
  const [leaf, ...between] = certificatesIn(paths.certificate, files.certificate);
  const names = (leaf?.subjectAltName ?? '').split(', ');
  const uri = `URI:holdfast://service/${name}`;
  if (!names.some((found) => found === uri || found.startsWith(`${uri}/tenant/`)))
    throw unusable(setting, `does not name this service. Have one issued with the URI holdfast://service/${name}`);
  const issuers = [...between, ...certificatesIn(paths.ca, files.ca)];
  if (leaf && issuers.some((issuer) => leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey))) return;
  throw unusable(
    setting,
    `was issued by none of the authorities in ${paths.ca?.setting ?? ''}. Add its authority there`,
  );
}

function checkPair(
  certificate: NamedFile,
  pem: string | undefined,
  privateKey: NamedFile,
  key: Secret | undefined,
  nowMs: number,
): void {
  const [leaf] = certificatesIn(certificate, pem);
  if (!leaf?.checkPrivateKey(keyIn(privateKey, key)))
    throw unusable(privateKey.setting, `is not the key of the certificate in ${certificate.setting}`);
  if (leaf.validToDate.getTime() <= nowMs)
    throw unusable(
      certificate.setting,
      `ended at ${leaf.validToDate.toISOString()}. Have its authority issue a new one`,
    );
  if (leaf.validFromDate.getTime() > nowMs)
    throw unusable(certificate.setting, `is not valid before ${leaf.validFromDate.toISOString()}. Check the clock`);
}

function certificatesIn(file: NamedFile | undefined, pem = ''): readonly X509Certificate[] {
  try {
    const found = (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
    if (found.length > 0) return found;
  } catch {
    // Told below: what the parser says quotes the file.
  }
  throw unusable(file?.setting ?? 'certificate', 'names a file that holds no certificate in PEM form');
}

function keyIn(file: NamedFile, key: Secret | undefined) {
  try {
    return createPrivateKey(key?.reveal() ?? '');
  } catch {
    throw unusable(file.setting, 'names a file that holds no private key in PEM form (PKCS#8)');
  }
}

/** Each certificate on lines of its own: files that were put behind each other without a line's end between are read in part only. */
const bundleOf = (pem: string) => `${(pem.match(CERTIFICATE) ?? []).join('\n')}\n`;

async function read({ setting, path }: NamedFile): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(setting, 'names a file that cannot be read', cause);
  }
}

function unusable(setting: string, rule: string, cause?: unknown): AppError {
  return new AppError('INVALID_CONFIG', `The settings cannot be used. ${setting}: ${rule}.`, {
    context: { setting },
    ...(cause !== undefined && { cause }),
  });
}
