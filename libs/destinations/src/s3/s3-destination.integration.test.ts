import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, NO_S3, s3Server, type S3Server } from '@holdfast/testkit';
import { BucketProxy } from '@holdfast/testkit/bucket-proxy';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'minio';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { type Destination, type Place } from '../destination.port.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';

const MINUTE_MS = 60_000;
const server = s3Server();
const { host, port, accessKey, secretKey }: S3Server = server ?? {
  host: 'none.invalid',
  port: 1,
  accessKey: 'none',
  secretKey: 'none',
};
const bucket = `holdfast-${randomBytes(6).toString('hex')}`;
const client = new Client({ endPoint: host, port, useSSL: false, region: 'us-east-1', accessKey, secretKey });
let run = '';

function open(prefix: string, settings: object = {}, credentials: object = {}): Promise<Destination> {
  run ||= randomBytes(6).toString('hex');
  return openAt(`${run}/${prefix}`, settings, credentials);
}

function openAt(prefix: string, settings: object = {}, credentials: object = {}): Promise<Destination> {
  return openDestination(
    {
      settings: parseDestinationSettings({ kind: 's3', host, port, tls: false, bucket, ...settings }),
      credentials: parseDestinationCredentials({ kind: 's3', accessKey, secretKey, ...credentials }),
      prefix,
    },
    { clock: new SystemClock(), randomBytes },
  );
}

/** Each test has prefixes of its own, so nothing has to be deleted between them. */
const close = async () => {
  run = '';
};

const make = (place: Place, body?: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(place.url, { method: place.method, headers: { ...place.headers, ...headers }, ...(body && { body }) });

describeWithServer('S3 with a real service', server ? undefined : NO_S3, () => {
  beforeAll(() => client.makeBucket(bucket));

  describeDestination('S3Destination', async (prefix) => open(prefix), close);

  itNamesPrefixes(async (prefix) => openAt(prefix));

  it('does not believe a service that answers success and keeps nothing', async () => {
    const front = await BucketProxy.to(port);
    const destination = await open('kept', { port: front.port });
    const object = Buffer.from('content');
    front.treat((method) => (method === 'PUT' ? { do: 'pretend' } : { do: 'forward', afterMs: 0 }));
    await expect(destination.put('packs/a', object, termsOf(object))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    front.mend();
    await destination.put('packs/a', object, termsOf(object));
    expect(await buffer(await destination.get('packs/a'))).toEqual(object);
    front.close();
  });

  describe('a bucket that locks', () => {
    const locking = `${bucket}-locking`;
    const object = Buffer.from('sealed bytes');
    beforeAll(() => client.makeBucket(locking, 'us-east-1', { ObjectLocking: true }));

    async function written(): Promise<{ destination: Destination; key: string; versionId: string }> {
      const prefix = randomBytes(6).toString('hex');
      const destination = await openAt(prefix, { bucket: locking });
      await destination.put('packs/x', object, termsOf(object));
      const { versionId } = await client.statObject(locking, `${prefix}/packs/x`);
      return { destination, key: `${prefix}/packs/x`, versionId: versionId! };
    }

    it('says until when an object is locked, and leaves it as it was', async () => {
      const { destination, key, versionId } = await written();
      const until = Date.UTC(2100, 0, 1);
      const retainUntilDate = new Date(until).toISOString();
      await client.putObjectRetention(locking, key, { mode: 'GOVERNANCE', retainUntilDate, versionId });
      expect(await destination.delete('packs/x')).toEqual({ is: 'locked', until });
      expect(await buffer(await destination.get('packs/x'))).toEqual(object);
      await client.removeObject(locking, key, { versionId, governanceBypass: true });
    });

    it('says that a hold keeps an object', async () => {
      const { destination, key, versionId } = await written();
      // Declared as answering nothing, it answers a promise.
      await Promise.resolve().then(() => client.setObjectLegalHold(locking, key, { versionId, status: 'ON' }));
      expect(await destination.delete('packs/x')).toEqual({ is: 'locked', until: undefined });
    });

    it('leaves no version of what it deletes', async () => {
      const { destination, key } = await written();
      const other = Buffer.from('other bytes');
      await destination.put('packs/x', other, termsOf(other, false));
      expect(await destination.delete('packs/x')).toEqual({ is: 'deleted' });
      const versions = await Array.fromAsync(client.listObjects(locking, key, true, { IncludeVersion: true }));
      expect(versions).toEqual([]);
    });
  });

  describe('a place', () => {
    const pack = Uint8Array.from(randomBytes(300_000));
    const other = Uint8Array.from(randomBytes(300_000));
    afterEach(close);

    it('lets somebody without credentials store exactly the announced bytes, once', async () => {
      const destination = await open('ours');
      const place = (await destination.place('packs/x', termsOf(pack), MINUTE_MS))!;
      expect((await make(place, other)).status).toBe(400);
      expect(await destination.head('packs/x')).toBeUndefined();
      expect((await make(place, pack)).status).toBe(200);
      expect((await make(place, pack)).status).toBe(412);
      expect(await buffer(await destination.get('packs/x'))).toEqual(Buffer.from(pack));
      expect(await destination.head('packs/x')).toEqual({ name: 'packs/x', ...termsOf(pack), ifAbsent: undefined });
    });

    it.each(['if-none-match', 'x-amz-content-sha256', 'x-amz-meta-sha256'])(
      'is refused without its header %s',
      async (name) => {
        const place = (await (await open('ours')).place('packs/x', termsOf(pack), MINUTE_MS))!;
        const headers = Object.fromEntries(Object.entries(place.headers).filter(([key]) => key !== name));
        expect((await make({ ...place, headers }, pack)).status).toBeGreaterThanOrEqual(400);
        expect(await (await open('ours')).head('packs/x')).toBeUndefined();
      },
    );

    it('is refused with another hash in its header', async () => {
      const place = (await (await open('ours')).place('packs/x', termsOf(pack), MINUTE_MS))!;
      expect((await make(place, other, { 'x-amz-content-sha256': termsOf(other).sha256 })).status).toBe(403);
    });

    it('is refused with another length', async () => {
      const place = (await (await open('ours')).place('packs/x', termsOf(pack), MINUTE_MS))!;
      const { 'content-length': _, ...headers } = place.headers;
      expect((await make({ ...place, headers }, pack.subarray(1))).status).toBeGreaterThanOrEqual(400);
    });

    it('is refused when it has expired', async () => {
      const place = (await (await open('ours')).place('packs/x', termsOf(pack), 1_000))!;
      await new SystemClock().sleep(2_500);
      expect((await make(place, pack)).status).toBe(403);
    });

    it('lets somebody without credentials read any range of one object, and nothing else', async () => {
      const destination = await open('ours');
      await destination.put('packs/x', pack, termsOf(pack));
      const place = (await destination.readPlace('packs/x', MINUTE_MS))!;
      const answer = await make(place, undefined, { range: 'bytes=100-299' });
      expect(answer.status).toBe(206);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(pack.subarray(100, 300)));
      expect((await make({ ...place, url: place.url.replace('packs/x', 'packs/y') })).status).toBe(403);
      expect((await fetch(place.url, { method: 'DELETE' })).status).toBe(403);
    });
  });

  describe('a test of wrong settings', () => {
    const failing = async (destination: Destination) =>
      (await destination.test()).steps.find(({ outcome }) => outcome === 'failed');

    it.each([
      ['an unknown host', { host: 'no-such-host.invalid' }, {}, 'name', 'is not known'],
      ['a closed port', { port: 1 }, {}, 'connection', 'Nothing listens'],
      ['TLS at a plain port', { tls: true }, {}, 'connection', 'Turn TLS off'],
      ['an unknown access key', {}, { accessKey: 'NOBODY' }, 'credential', 'does not know the access key'],
      ['a wrong secret', {}, { secretKey: 'wrong' }, 'credential', 'secret key does not belong'],
      ['a missing bucket', { bucket: 'no-such-bucket' }, {}, 'bucket', 'does not exist'],
    ])('names %s', async (_what, settings, credentials, step, words) => {
      const found = await failing(await open('ours', settings, credentials));
      expect(found).toMatchObject({ step });
      expect(found?.words).toContain(words);
    });
  });

  it('does not take a missing bucket for a missing object', async () => {
    const destination = await open('ours', { bucket: 'no-such-bucket' });
    await expect(destination.head('packs/x')).rejects.toMatchObject({ code: 'STORE_REJECTED' });
    await expect(destination.get('packs/x')).rejects.toMatchObject({ code: 'STORE_REJECTED' });
  });
});
