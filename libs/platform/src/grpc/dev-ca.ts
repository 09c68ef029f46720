import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Clock, TenantId } from '@holdfast/kernel';
import { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../config/secret.js';
import type { CertificateFiles } from '../tls/certificates.js';
import type { ServiceName } from './services.js';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A certificate authority that lives in memory: for development, tests and a first cluster, not for a provider. */
export class DevelopmentCa {
  private constructor(
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly certificate: x509.X509Certificate,
    private readonly clock: Clock,
  ) {}

  static async create(clock: Clock): Promise<DevelopmentCa> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Holdfast development authority',
      ...validity(clock, 365),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        // Two authorities may have the same name, while the one follows the other: this tells them apart.
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new DevelopmentCa(keys, certificate, clock);
  }

  /** The authority's own certificate, PEM. */
  get pem(): string {
    return this.certificate.toString('pem');
  }

  /** Writes `ca.pem`, and `NAME.pem` and `NAME.key` for each service, into a folder. */
  async writeTo(folder: string, services: readonly ServiceName[]): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'ca.pem'), this.pem);
    for (const service of services) {
      const { certificate, privateKey } = await this.issue(service);
      await writeFile(join(folder, `${service}.pem`), certificate);
      await writeFile(join(folder, `${service}.key`), privateKey.reveal(), { mode: 0o600 });
    }
  }

  /** A certificate that names the service, for its server and its client side, valid for 90 days; `tenant` binds it to that one. */
  issue(service: ServiceName, tenant?: TenantId): Promise<CertificateFiles> {
    const uri = `holdfast://service/${service}${tenant === undefined ? '' : `/tenant/${tenant}`}`;
    return this.#issue(service, [
      { type: 'dns', value: service },
      { type: 'url', value: uri },
    ]);
  }

  /** A certificate for a server that is not ours, NATS or PostgreSQL, as it is reached under `host`. */
  issueFor(host: string): Promise<CertificateFiles> {
    return this.#issue(host, [{ type: 'dns', value: host }]);
  }

  async #issue(commonName: string, names: x509.JsonGeneralNames): Promise<CertificateFiles> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${commonName}`,
      issuer: this.certificate.subject,
      ...validity(this.clock, 90),
      signingKey: this.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(names),
        await x509.AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
      ],
    });
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    return {
      ca: this.pem,
      certificate: certificate.toString('pem'),
      privateKey: new Secret(x509.PemConverter.encode(key, 'PRIVATE KEY')),
    };
  }
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** From an hour ago, because clocks differ. */
function validity(clock: Clock, days: number) {
  const now = clock.now();
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + days * DAY_MS) };
}
