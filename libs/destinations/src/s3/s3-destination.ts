import { AppError } from '@holdfast/kernel';
import { Client } from 'minio';
import { type Agent } from 'node:http';
import { type Readable } from 'node:stream';
import { type CheckReport } from '../check-report.js';
import { checkedBody } from '../checked-body.js';
import {
  type ByteRange,
  type Deletion,
  Destination,
  type LockWish,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type Place,
  type PutTerms,
} from '../destination.port.js';
import { openAgent } from '../http-agent.js';
import { namedStream } from '../named-stream.js';
import { notKept, objectExists, rangeOutside } from '../object-errors.js';
import { checkNamePrefix, checkObjectName, isVaultPrefix } from '../object-name.js';
import { type S3Credentials, type S3Settings } from './s3-settings.js';
import { type DestinationSurroundings } from '../surroundings.js';
import { TEST_LOCK_MS } from './check-lock.js';
import { checkS3 } from './check-s3.js';
import { deleteHiddenVersions, deleteVersions } from './delete-versions.js';
import { bucketLocks, extendLocks, lockHeaders, type LockMode } from './object-lock.js';
import { objectVersions } from './object-versions.js';
import { bucketAddress, portOf, transportOf } from './s3-endpoint.js';
import { named, s3Error, saysAbsent } from './s3-errors.js';
import { S3Signer } from './s3-signer.js';
import { sendObject } from './send-object.js';

/** How long a request that this process makes itself stays valid. */
const OWN_REQUEST_TTL_MS = 15 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Most names that S3 lists in one answer. */
const PAGE_NAMES = 1_000;
/** The object's metadata entry that keeps its SHA-256; the service checked the same value against the bytes. */
const SHA256_METADATA = 'x-amz-meta-sha256';

/** An existing bucket of an S3-compatible service. An object's key is `<prefix>/<name>`. */
export class S3Destination extends Destination {
  readonly #client: Client;
  readonly #agent: Agent;
  readonly #transport: ReturnType<typeof transportOf>;
  readonly #signer: S3Signer;
  readonly #lock: { readonly mode: LockMode; readonly ms: number } | undefined;

  constructor(
    private readonly settings: S3Settings,
    private readonly credentials: S3Credentials,
    private readonly prefix: string,
    private readonly surroundings: DestinationSurroundings,
    /** Instead of the days of the settings' lock. */
    lockMs?: number,
  ) {
    super();
    const { lock } = settings;
    this.#lock = lock && { mode: lock.mode, ms: lockMs ?? lock.days * DAY_MS };
    this.#agent = openAgent(settings, credentials, surroundings.silenceMs);
    this.#transport = transportOf(settings.tls);
    this.#signer = new S3Signer(settings, credentials, bucketAddress(settings), surroundings.clock);
    this.#client = new Client({
      endPoint: settings.host,
      port: portOf(settings),
      useSSL: settings.tls,
      region: settings.region,
      pathStyle: settings.pathStyle,
      accessKey: credentials.accessKey,
      secretKey: credentials.secretKey,
      transport: this.#transport,
      transportAgent: this.#agent,
      // Callers retry, by the error's own word; the client would also write to the console.
      retryOptions: { disableRetry: true },
    });
  }

  override async claim(): Promise<void> {
    await named(async () => {
      if (!(await this.#client.bucketExists(this.settings.bucket)))
        throw new AppError('STORE_REJECTED', 'The bucket does not exist. Create it, or correct its name.');
    });
  }

  override async put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    // Some services that honour If-None-Match elsewhere put a version above another in a bucket that locks.
    if (this.#lock && terms.ifAbsent && (await this.head(name))) throw objectExists();
    const place = await this.#signPut(name, terms, OWN_REQUEST_TTL_MS);
    await named(() => sendObject(place, checkedBody(body, terms), { transport: this.#transport, agent: this.#agent }));
    // A service, or what stands before it, may answer success and keep nothing.
    const kept = await this.head(name);
    if (kept?.bytes !== terms.bytes || (kept.sha256 ?? terms.sha256) !== terms.sha256) throw notKept();
  }

  override async get(name: string, range?: ByteRange): Promise<Readable> {
    if (range && range.length < 1) throw rangeOutside();
    const key = this.#keyOf(name);
    return named(async () => {
      const { bucket } = this.settings;
      const source = await (range
        ? this.#client.getPartialObject(bucket, key, range.offset, range.length)
        : this.#client.getObject(bucket, key));
      return namedStream(source, s3Error);
    });
  }

  override async head(name: string): Promise<ObjectHead | undefined> {
    const key = this.#keyOf(name);
    return named(async () => {
      try {
        const { size, metaData } = await this.#client.statObject(this.settings.bucket, key);
        const sha256: unknown = (metaData as Readonly<Record<string, unknown>>)['sha256'];
        return { name, bytes: size, ...(typeof sha256 === 'string' && { sha256 }) };
      } catch (thrown) {
        if (!saysAbsent(thrown)) throw thrown;
        // A missing bucket answers a HEAD just as a missing object does.
        await this.claim();
        return undefined;
      }
    });
  }

  override async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    const start = `${this.prefix}/${checkNamePrefix(prefix)}`;
    let after = '';
    for (;;) {
      const page = await named(() =>
        this.#client.listObjectsV2Query(this.settings.bucket, start, after, '', PAGE_NAMES, ''),
      );
      for (const { name, size } of page.objects)
        if (name !== undefined) yield { name: name.slice(this.prefix.length + 1), bytes: size };
      if (!page.isTruncated) return;
      after = page.nextContinuationToken;
    }
  }

  override async *prefixes(): AsyncGenerator<string, void, undefined> {
    for (let after = ''; ;) {
      const page = await named(() =>
        this.#client.listObjectsV2Query(this.settings.bucket, '', after, '/', PAGE_NAMES, ''),
      );
      for (const { prefix = '' } of page.objects) if (isVaultPrefix(prefix.slice(0, -1))) yield prefix.slice(0, -1);
      if (!page.isTruncated) return;
      after = page.nextContinuationToken;
    }
  }

  override async delete(name: string): Promise<Deletion> {
    const key = this.#keyOf(name);
    const remove = this.#lock ? deleteHiddenVersions : deleteVersions;
    return named(() => remove(this.#client, this.settings.bucket, key));
  }

  override get lockMs(): number | undefined {
    return this.#lock?.ms;
  }

  override async extendLock(name: string, wish: LockWish): Promise<number> {
    const key = this.#keyOf(name);
    if (!this.#lock) return super.extendLock(name, wish);
    const { mode } = this.#lock;
    return named(() => extendLocks(this.#client, { bucket: this.settings.bucket, key, mode }, wish));
  }

  override async *earlierVersions(
    name: string,
    bytes: number,
  ): AsyncGenerator<() => Promise<Readable>, void, undefined> {
    const key = this.#keyOf(name);
    if (!this.#lock) return;
    try {
      for await (const version of objectVersions(this.#client, this.settings.bucket, key))
        if (!version.isMark && version.bytes === bytes) yield () => this.#getVersion(key, version.versionId);
    } catch (thrown) {
      throw s3Error(thrown);
    }
  }

  override async test(): Promise<CheckReport> {
    const { settings, credentials, prefix, surroundings } = this;
    const { lock: _, ...unlocked } = settings;
    const locked = settings.lock && {
      destination: new S3Destination(settings, credentials, prefix, surroundings, TEST_LOCK_MS),
      bucketLocks: () => bucketLocks(this.#client, settings.bucket),
    };
    const destination = locked ? new S3Destination(unlocked, credentials, prefix, surroundings) : this;
    return checkS3({ destination, locked, settings, surroundings });
  }

  /** None behind a proxy or a private certificate authority: those are known to this process alone. */
  override async place(name: string, terms: PutTerms, ttlMs: number): Promise<Place | undefined> {
    return this.#isPublic() ? this.#signPut(name, terms, ttlMs) : undefined;
  }

  override async readPlace(name: string, ttlMs: number): Promise<Place | undefined> {
    return this.#isPublic()
      ? this.#signer.sign({ method: 'GET', object: this.#keyOf(name), headers: {}, ttlMs })
      : undefined;
  }

  #getVersion(key: string, versionId: string): Promise<Readable> {
    return named(async () =>
      namedStream(await this.#client.getObject(this.settings.bucket, key, { versionId }), s3Error),
    );
  }

  /** The signed headers bind the request to these bytes; with `if-none-match` it can never replace an object. */
  #signPut(name: string, { bytes, sha256, ifAbsent }: PutTerms, ttlMs: number): Promise<Place> {
    const lock = this.#lock;
    const until = this.surroundings.clock.now() + (lock?.ms ?? 0);
    const headers = {
      'content-length': String(bytes),
      'content-type': 'application/octet-stream',
      'x-amz-content-sha256': sha256,
      [SHA256_METADATA]: sha256,
      ...(ifAbsent && { 'if-none-match': '*' }),
      ...(lock && lockHeaders(lock.mode, { until, sha256 })),
    };
    return this.#signer.sign({ method: 'PUT', object: this.#keyOf(name), headers, ttlMs });
  }

  #isPublic(): boolean {
    return this.settings.proxy === undefined && this.settings.ca === undefined;
  }

  #keyOf(name: string): string {
    return `${this.prefix}/${checkObjectName(name)}`;
  }
}
