import type { Secret } from '../config/secret.js';

/** What one side of a TLS connection has. */
export interface TlsFiles {
  /** Authorities that the other side's certificate may come from, PEM, one or several. */
  readonly ca?: string | undefined;
  /** PEM, with the certificates between it and its authority behind it. */
  readonly certificate?: string | undefined;
  /** The certificate's, PEM, PKCS#8. */
  readonly privateKey?: Secret | undefined;
}

/** What a service needs for mutual TLS with the others. */
export interface CertificateFiles extends TlsFiles {
  /** Authorities of all services' certificates. Two, while the one follows the other. */
  readonly ca: string;
  /**
   * This service's certificate, with the URI `holdfast://service/NAME` and the DNS name `NAME`. `holdfast://service/NAME/tenant/ID`
   * binds the process to one tenant.
   */
  readonly certificate: string;
  readonly privateKey: Secret;
}

/** Certificates in use. They may be replaced while connections stand: what is opened later has the new ones. */
export class Certificates<Files extends TlsFiles = CertificateFiles> {
  #current: Files;
  readonly #listeners = new Set<() => void>();

  constructor(files: Files) {
    this.#current = files;
  }

  get current(): Files {
    return this.#current;
  }

  replace(files: Files): void {
    this.#current = files;
    for (const listener of this.#listeners) listener();
  }

  /** Runs `listener` after each replacement, until the answer is called. */
  onReplaced(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
