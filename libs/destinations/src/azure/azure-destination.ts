import type { ContainerClient } from '@azure/storage-blob';
import { AppError } from '@holdfast/kernel';
import { Readable } from 'node:stream';
import { type CheckReport } from '../check-report.js';
import { checkedBody } from '../checked-body.js';
import {
  type ByteRange,
  type Deletion,
  Destination,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type Place,
  type PutTerms,
} from '../destination.port.js';
import { namedStream } from '../named-stream.js';
import { notKept, rangeOutside } from '../object-errors.js';
import { checkNamePrefix, checkObjectName, isVaultPrefix } from '../object-name.js';
import { type DestinationSurroundings } from '../surroundings.js';
import { type AzureContainer, openContainer } from './azure-container.js';
import { azureCode, azureError, named } from './azure-errors.js';
import { type AzureCredentials, type AzureSettings } from './azure-settings.js';
import { checkAzure } from './check-azure.js';
import { deleteBlob, propertiesOf } from './delete-blob.js';
import { sendBlob, SHA256_METADATA } from './send-blob.js';

/** Names in one answer: below a mebibyte of it. */
const PAGE_NAMES = 1_000;

/** An existing container of an Azure storage account. An object's name there is `<prefix>/<name>`. */
export class AzureDestination extends Destination {
  #opened: Promise<AzureContainer> | undefined;

  constructor(
    private readonly settings: AzureSettings,
    private readonly credentials: AzureCredentials,
    private readonly prefix: string,
    private readonly surroundings: DestinationSurroundings,
  ) {
    super();
  }

  override async claim(): Promise<void> {
    const container = await this.#container();
    await named('list', () =>
      container
        .listBlobsFlat({ prefix: `${this.prefix}/` })
        .byPage({ maxPageSize: 1 })
        .next(),
    );
    await refuseFolders(container);
  }

  override async put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    const key = this.#keyOf(name);
    const blob = (await this.#container()).getBlockBlobClient(key);
    await sendBlob(blob, checkedBody(body, terms), terms, this.surroundings.randomBytes);
    // A service, or what stands before it, may answer success and keep nothing.
    const kept = await this.head(name);
    if (kept?.bytes !== terms.bytes || (kept.sha256 ?? terms.sha256) !== terms.sha256) throw notKept();
  }

  override async get(name: string, range?: ByteRange): Promise<Readable> {
    if (range && range.length < 1) throw rangeOutside();
    const blob = (await this.#container()).getBlobClient(this.#keyOf(name));
    return named('read', async () => {
      const answer = await blob.download(range?.offset ?? 0, range?.length, { maxRetryRequests: 0 });
      const source = Readable.from(answer.readableStreamBody ?? [], { objectMode: false });
      if (range && answer.contentLength === 0) {
        // Azure refuses such a range; Azurite does not.
        source.destroy();
        throw rangeOutside();
      }
      return namedStream(source, (thrown) => azureError(thrown, 'read'));
    });
  }

  override async head(name: string): Promise<ObjectHead | undefined> {
    const found = await propertiesOf(await this.#container(), this.#keyOf(name));
    if (!found) return undefined;
    const sha256 = found.metadata?.[SHA256_METADATA];
    return { name, bytes: found.contentLength ?? 0, ...(sha256 !== undefined && { sha256 }) };
  }

  override async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    const start = `${this.prefix}/${checkNamePrefix(prefix)}`;
    const pages = (await this.#container()).listBlobsFlat({ prefix: start }).byPage({ maxPageSize: PAGE_NAMES });
    for (;;) {
      const page = await named('list', () => pages.next());
      if (page.done === true) return;
      for (const { name, properties } of page.value.segment.blobItems)
        yield { name: name.slice(this.prefix.length + 1), bytes: properties.contentLength ?? 0 };
    }
  }

  override async *prefixes(): AsyncGenerator<string, void, undefined> {
    const pages = (await this.#container()).listBlobsByHierarchy('/').byPage({ maxPageSize: PAGE_NAMES });
    for (;;) {
      const page = await named('list', () => pages.next());
      if (page.done === true) return;
      for (const { name } of page.value.segment.blobPrefixes ?? [])
        if (isVaultPrefix(name.slice(0, -1))) yield name.slice(0, -1);
    }
  }

  override async delete(name: string): Promise<Deletion> {
    const key = this.#keyOf(name);
    const container = await this.#container();
    return named('delete', () => deleteBlob(container, key));
  }

  override test(): Promise<CheckReport> {
    return checkAzure(this, this.settings, this.surroundings.randomBytes);
  }

  /** None: the service signs no request for exactly these bytes, so whoever bore one could store others. */
  override async place(): Promise<undefined> {
    return undefined;
  }

  /** None with a shared access signature, which nobody can narrow, nor behind a proxy or a private certificate authority, known to this process alone. */
  override async readPlace(name: string, ttlMs: number): Promise<Place | undefined> {
    const blobName = this.#keyOf(name);
    const { client, grantReading } = await this.#open();
    if (!grantReading || this.settings.proxy || this.settings.ca !== undefined) return undefined;
    const expiresAt = this.surroundings.clock.now() + ttlMs;
    const query = grantReading(blobName, new Date(expiresAt));
    return { method: 'GET', url: `${client.getBlobClient(blobName).url}?${query}`, headers: {}, expiresAt };
  }

  #open(): Promise<AzureContainer> {
    return (this.#opened ??= openContainer(this.settings, this.credentials, this.surroundings.silenceMs));
  }

  async #container(): Promise<ContainerClient> {
    return (await this.#open()).client;
  }

  #keyOf(name: string): string {
    return `${this.prefix}/${checkObjectName(name)}`;
  }
}

/** An account with folders of its own lists them as objects and in another order than the names', and deletes them by another way. */
async function refuseFolders(container: ContainerClient): Promise<void> {
  try {
    const { isHierarchicalNamespaceEnabled } = await container.getAccountInfo();
    if (isHierarchicalNamespaceEnabled !== true) return;
  } catch (thrown) {
    // Many a shared access signature may not ask.
    if (azureCode(thrown) === undefined) throw azureError(thrown, 'list');
    return;
  }
  throw new AppError(
    'STORE_REJECTED',
    'The storage account has a hierarchical namespace (Data Lake), which lists objects in another order. Use an account without one.',
  );
}
