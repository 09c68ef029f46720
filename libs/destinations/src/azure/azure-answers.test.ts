import { SystemClock } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Destination } from '../destination.port.js';
import { termsOf } from '../destination.suite.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';

/** Status, headers and body of one answer; undefined for none at all. */
type Answer =
  { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | undefined;

const object = Buffer.from('sealed bytes of one pack');
const found = { 'content-length': String(object.length), 'content-type': 'application/octet-stream' };
const refused = (code: string, status = 409): Answer => ({ status, headers: { 'x-ms-error-code': code } });
let server: Server | undefined;
let asked: string[] = [];

/** What Azure documents that it answers and Azurite cannot: locks, versions, and services that fail. */
async function answering(answer: (method: string, url: URL) => Answer): Promise<Destination> {
  asked = [];
  server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', 'http://service');
    asked.push(`${request.method} ${url.pathname}${url.searchParams.get('versionid') ?? ''}`);
    request.resume().once('end', () => {
      const given = answer(request.method ?? '', url);
      if (given) response.writeHead(given.status, given.headers ?? {}).end(given.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return openDestination(
    {
      settings: parseDestinationSettings({
        kind: 'azure',
        account: 'account',
        container: 'backups',
        host: '127.0.0.1',
        port,
        tls: false,
        accountInPath: true,
      }),
      credentials: parseDestinationCredentials({ kind: 'azure', accountKey: Buffer.alloc(64).toString('base64') }),
      prefix: 'ours',
    },
    { clock: new SystemClock(), randomBytes, silenceMs: 300 },
  );
}

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

describe('what a blob service may answer', () => {
  it.each([
    [
      'until when a policy locks an object',
      {
        'x-ms-immutability-policy-until-date': 'Fri, 01 Jan 2100 00:00:00 GMT',
        'x-ms-immutability-policy-mode': 'unlocked',
      },
      Date.UTC(2100, 0, 1),
    ],
    ['that a legal hold keeps an object', { 'x-ms-legal-hold': 'true' }, undefined],
    ['that a policy of the container keeps an object', {}, undefined],
  ])('says %s', async (_what, headers, until) => {
    const destination = await answering((method) =>
      method === 'HEAD' ? { status: 200, headers: { ...found, ...headers } } : refused('BlobImmutableDueToPolicy'),
    );
    expect(await destination.delete('packs/x')).toEqual({ is: 'locked', until });
  });

  it('leaves no version of what it deletes, and nothing of what is named like it', async () => {
    const version = (name: string, id: string) =>
      `<Blob><Name>${name}</Name><VersionId>${id}</VersionId><Properties></Properties></Blob>`;
    const body = `<?xml version="1.0"?><EnumerationResults><Blobs>${version('ours/packs/x', 'one')}${version('ours/packs/x', 'two')}${version('ours/packs/xy', 'other')}</Blobs><NextMarker /></EnumerationResults>`;
    const destination = await answering((method) => {
      if (method === 'HEAD') return { status: 200, headers: { ...found, 'x-ms-version-id': 'two' } };
      if (method === 'DELETE') return { status: 202 };
      return { status: 200, headers: { 'content-type': 'application/xml' }, body };
    });
    expect(await destination.delete('packs/x')).toEqual({ is: 'deleted' });
    const path = '/account/backups/ours/packs/x';
    expect(asked.filter((one) => one.startsWith('DELETE'))).toEqual(
      ['', 'one', 'two'].map((id) => `DELETE ${path}${id}`),
    );
  });

  it('does not believe a service that answers success and keeps nothing', async () => {
    const destination = await answering((method) =>
      method === 'PUT' ? { status: 201 } : refused('BlobNotFound', 404),
    );
    await expect(destination.put('packs/x', object, termsOf(object))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('does not hold it'),
    });
  });

  it.each([
    [503, 'ServerBusy', 'STORE_UNAVAILABLE', 'busy'],
    [500, 'SomethingNew', 'STORE_UNAVAILABLE', 'busy'],
    [403, 'KeyBasedAuthenticationNotPermitted', 'STORE_DENIED', 'shared key access'],
    [403, 'AuthorizationSourceIPMismatch', 'STORE_DENIED', 'other addresses'],
    [403, 'AccountIsDisabled', 'STORE_DENIED', 'disabled'],
    [409, 'BlobArchived', 'STORE_REJECTED', 'archive tier'],
    [409, 'ContainerBeingDeleted', 'STORE_REJECTED', 'being deleted'],
    [400, 'Md5Mismatch', 'STORE_UNAVAILABLE', 'changed on their way'],
    [400, 'SomethingNew', 'STORE_REJECTED', 'SomethingNew'],
  ])('names %i %s', async (status, code, ours, words) => {
    const destination = await answering(() => refused(code, status));
    await expect(destination.put('packs/x', object, termsOf(object))).rejects.toMatchObject({
      code: ours,
      message: expect.stringContaining(words),
    });
    expect(asked).toHaveLength(1);
  });

  it('gives up a service that says nothing', async () => {
    const destination = await answering(() => undefined);
    await expect(destination.head('packs/x')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('does not answer'),
    });
  });

  it('refuses an account that has folders of its own', async () => {
    const body = '<?xml version="1.0"?><EnumerationResults><Blobs></Blobs><NextMarker /></EnumerationResults>';
    const destination = await answering((_method, url) =>
      url.searchParams.get('restype') === 'account' || url.searchParams.get('comp') === 'properties'
        ? { status: 200, headers: { 'x-ms-is-hns-enabled': 'true' } }
        : { status: 200, headers: { 'content-type': 'application/xml' }, body },
    );
    await expect(destination.claim()).rejects.toMatchObject({
      code: 'STORE_REJECTED',
      message: expect.stringContaining('hierarchical namespace'),
    });
  });
});
