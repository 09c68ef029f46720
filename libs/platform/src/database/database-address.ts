import { AppError } from '@holdfast/kernel';
import pg from 'pg';
import { parse } from 'pg-connection-string';
import type { Secret } from '../config/secret.js';
import type { Certificates, TlsFiles } from '../tls/certificates.js';

/** Where a database is and how to speak to it. */
export interface DatabaseAddress {
  /** postgres://user:password@host:port/database */
  readonly url: Secret;
  /**
   * TLS, where it is given: the server has to show a certificate of this authority that names its host, and is shown ours. Each
   * new connection takes what is current.
   */
  readonly tls?: Certificates<TlsFiles> | undefined;
}

/** What the driver needs for one connection; made anew for each. */
export function connectionTo({ url, tls }: DatabaseAddress): pg.ClientConfig {
  if (!tls) return { connectionString: url.reveal() };
  const { ca, certificate, privateKey } = tls.current;
  return { connectionString: url.reveal(), ssl: { ca, cert: certificate, key: privateKey?.reveal() } };
}

/** The driver's client, for pools: connects as {@link connectionTo} says at the time. */
export function clientOf(address: DatabaseAddress): new () => pg.Client {
  return class extends pg.Client {
    constructor(config: pg.ClientConfig = {}) {
      super({ ...config, ...connectionTo(address) });
    }
  };
}

/** The host of an address; INVALID_CONFIG when its text has a say in TLS, which settings decide and not every address anew. */
export function hostOf(setting: string, url: Secret): string {
  if (!URL.canParse(url.reveal()))
    throw new AppError('INVALID_CONFIG', `The settings cannot be used. ${setting}: is no address postgres://….`, {
      context: { setting },
    });
  const { searchParams } = new URL(url.reveal());
  if ([...searchParams.keys()].some((name) => name.startsWith('ssl')))
    throw new AppError(
      'INVALID_CONFIG',
      `The settings cannot be used. ${setting}: leave out what it says of ssl. DATABASE_CA_FILE and the settings beside it decide that.`,
      { context: { setting } },
    );
  return parse(url.reveal()).host ?? '';
}
