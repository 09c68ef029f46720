import type { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { openAgent } from '../http-agent.js';
import { type AzureCredentials, type AzureSettings } from './azure-settings.js';

/** A container and, where its account's key is known, what makes requests for others. */
export interface AzureContainer {
  readonly client: ContainerClient;
  /** The query that lets its bearer read one object until then; undefined where only the account's key could grant it. */
  readonly grantReading: ((blobName: string, expiresOn: Date) => string) | undefined;
}

/** Where the container is addressed, without credentials. */
export interface ContainerAddress {
  readonly hostname: string;
  readonly port: number;
  readonly url: string;
}

export function containerAddress({
  account,
  container,
  host,
  port,
  tls,
  accountInPath,
}: AzureSettings): ContainerAddress {
  const hostname = host ?? `${account}.blob.core.windows.net`;
  const usual = tls ? 443 : 80;
  const url = new URL(`${tls ? 'https' : 'http'}://${hostname}:${port ?? usual}`);
  url.pathname = accountInPath ? `${account}/${container}` : container;
  return { hostname, port: port ?? usual, url: url.href };
}

/** Touches nothing yet. The client takes 46 MiB to load: a process without such a destination is spared it. */
export async function openContainer(
  settings: AzureSettings,
  credentials: AzureCredentials,
  silenceMs?: number,
): Promise<AzureContainer> {
  const azure = await import('@azure/storage-blob');
  const key =
    credentials.accountKey === undefined
      ? undefined
      : new azure.StorageSharedKeyCredential(settings.account, credentials.accountKey);
  const agent = openAgent(settings, credentials, silenceMs);
  // Callers retry, by the error's own word.
  const pipeline = azure.newPipeline(key ?? new azure.AnonymousCredential(), { retryOptions: { maxTries: 1 } });
  pipeline.factories.push({
    create: (next) => ({
      sendRequest: (request) => {
        request.agent = agent;
        return next.sendRequest(request);
      },
    }),
  });
  const { url } = containerAddress(settings);
  const client = new azure.ContainerClient(credentials.sas === undefined ? url : `${url}?${credentials.sas}`, pipeline);
  const reading = { containerName: settings.container, permissions: azure.BlobSASPermissions.from({ read: true }) };
  const grantWith = (signer: StorageSharedKeyCredential) => (blobName: string, expiresOn: Date) =>
    azure.generateBlobSASQueryParameters({ ...reading, blobName, expiresOn }, signer).toString();
  return { client, grantReading: key && grantWith(key) };
}
