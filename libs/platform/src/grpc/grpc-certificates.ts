import type { experimental } from '@grpc/grpc-js';
import type { Certificates } from '../tls/certificates.js';

type CaListener = experimental.CaCertificateUpdateListener;
type OwnListener = experimental.IdentityCertificateUpdateListener;

/**
 * Hands certificates to gRPC's servers and channels, at first and whenever they are replaced: connections that stand keep what they
 * have, later ones get the new.
 */
export class GrpcCertificates implements experimental.CertificateProvider {
  readonly #caListeners = new Set<CaListener>();
  readonly #ownListeners = new Set<OwnListener>();

  constructor(private readonly certificates: Certificates) {
    certificates.onReplaced(() => {
      for (const listener of this.#caListeners) this.#tellCa(listener);
      for (const listener of this.#ownListeners) this.#tellOwn(listener);
    });
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    // Not at once: a server's credentials note who is to hear of it only after they have asked.
    process.nextTick(() => this.#tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: OwnListener): void {
    this.#ownListeners.add(listener);
    process.nextTick(() => this.#tellOwn(listener));
  }

  removeIdentityCertificateListener(listener: OwnListener): void {
    this.#ownListeners.delete(listener);
  }

  #tellCa(listener: CaListener): void {
    listener({ caCertificate: Buffer.from(this.certificates.current.ca) });
  }

  #tellOwn(listener: OwnListener): void {
    const { certificate, privateKey } = this.certificates.current;
    listener({ certificate: Buffer.from(certificate), privateKey: Buffer.from(privateKey.reveal()) });
  }
}
