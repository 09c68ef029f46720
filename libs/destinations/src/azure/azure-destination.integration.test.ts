import {
  AccountSASPermissions,
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { SystemClock } from '@holdfast/kernel';
import { azureServer, describeWithServer, NO_AZURE, type AzureServer } from '@holdfast/testkit';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Destination } from '../destination.port.js';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';
import { openContainer } from './azure-container.js';
import { azureCredentials, azureSettings } from './azure-settings.js';

const MINUTE_MS = 60_000;
const clock = new SystemClock();
const server = azureServer();
const { host, port, account, accountKey, tls }: AzureServer = server ?? {
  host: 'none.invalid',
  port: 1,
  account: 'none',
  accountKey: Buffer.alloc(64).toString('base64'),
  tls: { host: 'none.invalid', port: 1, ca: '' },
};
const container = `holdfast-${randomBytes(6).toString('hex')}`;
const key = new StorageSharedKeyCredential(account, accountKey);
const service = new BlobServiceClient(`http://${host}:${port}/${account}`, key);
const plain = { kind: 'azure', account, container, host, port, tls: false, accountInPath: true };
const secret = { kind: 'azure', accountKey };
let run = '';

function openAt(prefix: string, settings: object = {}, credentials: object = secret): Promise<Destination> {
  return openDestination(
    {
      settings: parseDestinationSettings({ ...plain, ...settings }),
      credentials: parseDestinationCredentials({ kind: 'azure', ...credentials }),
      prefix,
    },
    { clock, randomBytes },
  );
}

function open(prefix: string, settings: object = {}, credentials: object = secret): Promise<Destination> {
  run ||= randomBytes(6).toString('hex');
  return openAt(`${run}/${prefix}`, settings, credentials);
}

/** Each test has prefixes of its own, so nothing has to be deleted between them. */
const close = async () => {
  run = '';
};

/** A signature for the container with these rights, as `sp` names them. */
const sasWith = (rights: string, startsInMs = -MINUTE_MS, endsInMs = 10 * MINUTE_MS) =>
  generateBlobSASQueryParameters(
    {
      containerName: container,
      permissions: ContainerSASPermissions.parse(rights),
      startsOn: new Date(clock.now() + startsInMs),
      expiresOn: new Date(clock.now() + endsInMs),
    },
    key,
  ).toString();

describeWithServer('Azure with a real blob service', server ? undefined : NO_AZURE, () => {
  beforeAll(async () => {
    await service.createContainer(container);
  });

  describeDestination('AzureDestination', async (prefix) => open(prefix), close);

  describe('with TLS and a shared access signature', () => {
    const settings = { ...plain, host: tls.host, port: tls.port, tls: true, ca: tls.ca };
    const openWithSas = async (prefix: string) => open(prefix, settings, { sas: sasWith('racwdl') });

    // Each of the two servers has containers of its own.
    beforeAll(async () => {
      const { client } = await openContainer(azureSettings.parse(settings), azureCredentials.parse(secret));
      await client.create();
    });

    describeDestination('AzureDestination', openWithSas, close);
  });

  itNamesPrefixes(async (prefix) => openAt(prefix));

  describe('an object of many blocks', () => {
    const large = randomBytes(9 * 1024 * 1024 + 5);
    afterEach(close);

    it('reads back as it was, from a stream of odd pieces', async () => {
      const destination = await open('ours');
      async function* pieces() {
        for (let at = 0; at < large.byteLength; at += 1_000_003) yield large.subarray(at, at + 1_000_003);
      }
      await destination.put('packs/large', pieces(), termsOf(large));
      expect(large.equals(await buffer(await destination.get('packs/large')))).toBe(true);
      const middle = await buffer(await destination.get('packs/large', { offset: 4_194_300, length: 10 }));
      expect(middle).toEqual(large.subarray(4_194_300, 4_194_310));
    });

    it('lets exactly one of two writers win, who stage at the same time', async () => {
      const destination = await open('ours');
      const other = randomBytes(large.byteLength);
      const ended = await Promise.allSettled(
        [large, other].map((body) => destination.put('packs/race', body, termsOf(body))),
      );
      const won = ended.findIndex(({ status }) => status === 'fulfilled');
      expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const kept = await buffer(await destination.get('packs/race'));
      expect(kept.equals([large, other][won]!)).toBe(true);
    });

    it('is not there when its last block is another than announced', async () => {
      const destination = await open('ours');
      const changed = Buffer.from(large);
      changed[changed.length - 1]! ^= 1;
      await expect(destination.put('packs/changed', changed, termsOf(large))).rejects.toMatchObject({
        code: 'STORE_REJECTED',
      });
      expect(await destination.head('packs/changed')).toBeUndefined();
      expect(await Array.fromAsync(destination.list(''))).toEqual([]);
    });
  });

  describe('a place', () => {
    const pack = randomBytes(100_000);
    afterEach(close);

    it('lets somebody without credentials read any range of one object, and nothing else', async () => {
      const destination = await open('ours');
      await destination.put('packs/x', pack, termsOf(pack));
      await destination.put('packs/y', pack, termsOf(pack));
      const place = (await destination.readPlace('packs/x', MINUTE_MS))!;
      const answer = await fetch(place.url, { headers: { ...place.headers, range: 'bytes=100-299' } });
      expect(answer.status).toBe(206);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(pack.subarray(100, 300));
      expect((await fetch(place.url.replace('packs/x', 'packs/y'))).status).toBe(403);
      expect((await fetch(place.url, { method: 'DELETE' })).status).toBe(403);
    });

    it('is not given where nobody can narrow what opens the container, nor to write', async () => {
      expect(
        await (await open('ours', {}, { sas: sasWith('racwdl') })).readPlace('packs/x', MINUTE_MS),
      ).toBeUndefined();
      expect(await (await open('ours')).place('packs/x', termsOf(pack), MINUTE_MS)).toBeUndefined();
    });
  });

  describe('a test of wrong settings', () => {
    const failing = async (destination: Destination) =>
      (await destination.test()).steps.find(({ outcome }) => outcome === 'failed');
    afterEach(close);

    it.each([
      ['an unknown host', { host: 'no-such-host.invalid' }, secret, 'name', 'is not known'],
      ['a closed port', { port: 1 }, secret, 'connection', 'Nothing listens'],
      ['TLS at a plain port', { tls: true }, secret, 'connection', 'Turn TLS off'],
      [
        'a certificate that nobody trusts',
        { host: tls.host, port: tls.port, tls: true },
        secret,
        'connection',
        'not trusted',
      ],
      ['a wrong key', {}, { accountKey: randomBytes(64).toString('base64') }, 'credential', 'account key'],
      ['a missing container', { container: 'no-such-container' }, secret, 'bucket', 'does not exist'],
    ])('names %s', async (_what, settings, credentials, step, words) => {
      const found = await failing(await open('ours', settings, credentials));
      expect(found).toMatchObject({ step });
      expect(found?.words).toContain(words);
    });

    it.each([
      ['rcwd', 'list', 'list objects (l)'],
      ['rl', 'write', 'create objects (c)'],
      ['cwdl', 'write', 'read objects (r)'],
      ['rcwl', 'delete', 'delete objects (d)'],
    ])('names the right that a signature with %s lacks', async (rights, step, words) => {
      const found = await failing(await open('ours', {}, { sas: sasWith(rights) }));
      expect(found).toMatchObject({ step });
      expect(found?.words).toContain(words);
    });

    it('names a signature that has expired, or is for another service', async () => {
      const expired = await failing(await open('ours', {}, { sas: sasWith('racwdl', -10 * MINUTE_MS, -MINUTE_MS) }));
      expect(expired).toMatchObject({ step: 'credential', words: expect.stringContaining('expired') });
      const forQueues = generateAccountSASQueryParameters(
        {
          services: 'q',
          resourceTypes: 'sco',
          permissions: AccountSASPermissions.parse('rwdlac'),
          expiresOn: new Date(clock.now() + MINUTE_MS),
        },
        key,
      ).toString();
      expect(await failing(await open('ours', {}, { sas: forQueues }))).toMatchObject({ step: 'credential' });
    });
  });

  it('does not take a missing container for a missing object, and shows no secret in its error', async () => {
    const sas = sasWith('racwdl');
    const destination = await open('ours', { container: 'no-such-container' }, { sas });
    const error = await destination.head('packs/x').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^STORE_/) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('sig=');
  });
});
