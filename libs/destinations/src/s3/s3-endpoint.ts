import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type S3Settings } from './s3-settings.js';

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

/** Node's own `request` for the scheme. */
export function transportOf(tls: boolean): { request: typeof httpRequest } {
  return { request: tls ? httpsRequest : httpRequest };
}
