import { type Clock } from '@holdfast/kernel';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Place } from '../destination.port.js';
import { type S3Credentials, type S3Settings } from './s3-settings.js';
import { type BucketAddress, hostHeader } from './s3-endpoint.js';
import { Sha256 } from './s3-sha256.js';

export interface RequestToSign {
  readonly method: 'PUT' | 'GET';
  /** Full object name, prefix included. */
  readonly object: string;
  /** All of them are signed: a request that leaves one out or changes it is refused. */
  readonly headers: Readonly<Record<string, string>>;
  readonly ttlMs: number;
}

/** Moves into the query and says that the body, if there is one, is not bound; a header of the same name binds it. */
const UNSIGNED_BODY = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };

/** Signs single requests for others to make (AWS Signature Version 4 in the query). */
export class S3Signer {
  readonly #signer: SignatureV4;

  constructor(
    settings: S3Settings,
    { accessKey, secretKey }: S3Credentials,
    private readonly address: BucketAddress,
    private readonly clock: Clock,
  ) {
    this.#signer = new SignatureV4({
      service: 's3',
      region: settings.region,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false,
    });
  }

  async sign({ method, object, headers, ttlMs }: RequestToSign): Promise<Place> {
    const { protocol, hostname, port, basePath } = this.address;
    const now = this.clock.now();
    const expiresIn = Math.ceil(ttlMs / 1000);
    const path = basePath + object;
    const host = hostHeader(this.address);
    const signed = await this.#signer.presign(
      { method, protocol, hostname, port, path, query: {}, headers: { ...UNSIGNED_BODY, ...headers, host } },
      // Without this, `x-amz-*` headers move into the query, where no server takes them for the hash of the body.
      { signingDate: new Date(now), expiresIn, unhoistableHeaders: new Set(Object.keys(headers)) },
    );
    const query = Object.entries(signed.query ?? {}).map(
      ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
    );
    return {
      method,
      url: `${protocol}//${host}${path}?${query.join('&')}`,
      headers,
      expiresAt: now + expiresIn * 1000,
    };
  }
}
