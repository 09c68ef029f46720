import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { AppError } from '@holdfast/kernel';
import { type S3Credentials, type S3Settings } from './s3-settings.js';

/** A connection that has said nothing for this long is given up. */
const SILENCE_MS = 60_000;
/** Connections kept to one destination; a crawler's uploads do not pass here. */
const MAX_CONNECTIONS = 64;

/** Where the bucket's objects are addressed. */
export interface BucketAddress {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** What the path starts with, before the object's name; ends with a slash. */
  readonly basePath: string;
}

export function bucketAddress({ tls, host, port, bucket, pathStyle }: S3Settings): BucketAddress {
  return {
    protocol: tls ? 'https:' : 'http:',
    hostname: pathStyle ? host : `${bucket}.${host}`,
    port: portOf({ tls, port }),
    basePath: pathStyle ? `/${bucket}/` : '/',
  };
}

export function portOf({ tls, port }: Pick<S3Settings, 'tls' | 'port'>): number {
  return port ?? (tls ? 443 : 80);
}

/** The `Host` header: the port only where it is not the scheme's own, as every client writes it. */
export function hostHeader({ protocol, hostname, port }: BucketAddress): string {
  return port === (protocol === 'https:' ? 443 : 80) ? hostname : `${hostname}:${port}`;
}

function proxyUrl({ proxy }: S3Settings, { proxyUser, proxyPassword }: S3Credentials): string | undefined {
  if (!proxy) return undefined;
  const user =
    proxyUser === undefined ? '' : `${encodeURIComponent(proxyUser)}:${encodeURIComponent(proxyPassword ?? '')}@`;
  return `http://${user}${proxy.host}:${proxy.port}`;
}

/** Connections with the destination's own certificates and proxy, kept open between requests. */
export function openAgent(settings: S3Settings, credentials: S3Credentials): HttpAgent {
  const proxy = proxyUrl(settings, credentials);
  const options = {
    keepAlive: true,
    maxSockets: MAX_CONNECTIONS,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  };
  if (!settings.tls) return new HttpAgent(options);
  return new HttpsAgent({ ...options, ...(settings.ca !== undefined && { ca: [...rootCertificates, settings.ca] }) });
}

/** Node's own `request` for the scheme, which gives up on a silent peer. */
export function transportOf(tls: boolean): { request: typeof httpRequest } {
  const open: typeof httpRequest = tls ? httpsRequest : httpRequest;
  const request = (...parameters: Parameters<typeof httpRequest>) => {
    const opened = open(...parameters);
    opened.setTimeout(SILENCE_MS, () => opened.destroy(silent()));
    return opened;
  };
  return { request: request as typeof httpRequest };
}

function silent(): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    'The destination has not answered for a minute. Check its network; the backup tries again.',
  );
}
