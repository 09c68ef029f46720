import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, NO_S3, s3Server, type S3Server } from '@holdfast/testkit';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'minio';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Destination } from '../destination.port.js';
import { termsOf } from '../destination.suite.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';

const clock = new SystemClock();
const DAY_MS = 24 * 60 * 60 * 1000;
const server = s3Server();
const { host, port, accessKey, secretKey }: S3Server = server ?? {
  host: 'none.invalid',
  port: 1,
  accessKey: 'none',
  secretKey: 'none',
};
const client = new Client({ endPoint: host, port, useSSL: false, region: 'us-east-1', accessKey, secretKey });
const run = randomBytes(6).toString('hex');
const [locking, plain, forbidding] = [`locking-${run}`, `plain-${run}`, `forbidding-${run}`] as const;
const object = Buffer.from('sealed bytes');

function open(prefix: string, settings: object = {}, mode = 'governance'): Promise<Destination> {
  const lock = { mode, days: 30 };
  return openDestination(
    {
      settings: parseDestinationSettings({ kind: 's3', host, port, tls: false, bucket: locking, lock, ...settings }),
      credentials: parseDestinationCredentials({ kind: 's3', accessKey, secretKey }),
      prefix,
    },
    { clock, randomBytes },
  );
}

const to = (until: number) => ({ needed: until, until });

/** A locked object in a place of its own. */
async function written(mode?: string): Promise<{ destination: Destination; key: string; versionId: string }> {
  const prefix = randomBytes(6).toString('hex');
  const destination = await open(prefix, {}, mode);
  await destination.put('packs/x', object, termsOf(object));
  const { versionId } = await client.statObject(locking, `${prefix}/packs/x`);
  return { destination, key: `${prefix}/packs/x`, versionId: versionId! };
}

const lockEnd = async (key: string, versionId: string) =>
  Date.parse((await client.getObjectRetention(locking, key, { versionId }))?.retainUntilDate ?? '');

describeWithServer('a bucket that locks, with a real service', server ? undefined : NO_S3, () => {
  beforeAll(async () => {
    await client.makeBucket(locking, 'us-east-1', { ObjectLocking: true });
    await client.makeBucket(forbidding, 'us-east-1', { ObjectLocking: true });
    await client.makeBucket(plain);
    const Statement = [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:PutObjectRetention'],
        Resource: [`arn:aws:s3:::${forbidding}/*`],
      },
    ];
    await client.setBucketPolicy(forbidding, JSON.stringify({ Version: '2012-10-17', Statement }));
  });

  it.each(['governance', 'compliance'])('locks what is written for its days (%s)', async (mode) => {
    const began = clock.now();
    const { destination, key, versionId } = await written(mode);
    const until = await lockEnd(key, versionId);
    expect(until).toBeGreaterThanOrEqual(began + 30 * DAY_MS);
    expect(until).toBeLessThanOrEqual(clock.now() + 30 * DAY_MS);
    expect((await client.getObjectRetention(locking, key, { versionId }))?.mode).toBe(mode.toUpperCase());
    expect(await destination.delete('packs/x')).toEqual({ is: 'locked', until });
    await expect(client.removeObject(locking, key, { versionId })).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await buffer(await destination.get('packs/x'))).toEqual(object);
  });

  it('locks what somebody without credentials writes to a place, who cannot leave the lock out', async () => {
    const prefix = randomBytes(6).toString('hex');
    const place = (await (await open(prefix)).place('packs/x', termsOf(object), 60_000))!;
    const { 'x-amz-object-lock-retain-until-date': _, ...less } = place.headers;
    const put = (headers: Readonly<Record<string, string>>) =>
      fetch(place.url, { method: 'PUT', headers, body: object });
    expect((await put(less)).status).toBe(403);
    expect((await put(place.headers)).status).toBe(200);
    expect((await (await open(prefix)).delete('packs/x')).is).toBe('locked');
  });

  it.each(['governance', 'compliance'])('extends a lock and never shortens it (%s)', async (mode) => {
    const { destination, key, versionId } = await written(mode);
    const later = clock.now() + 60 * DAY_MS;
    expect(await destination.extendLock('packs/x', to(later))).toBe(later);
    expect(await lockEnd(key, versionId)).toBe(later);
    expect(await destination.extendLock('packs/x', to(clock.now() + DAY_MS))).toBe(later);
    expect(await lockEnd(key, versionId)).toBe(later);
    expect(await destination.extendLock('packs/x', { needed: later - 1, until: later + DAY_MS })).toBe(later);
    const sooner = new Date(clock.now() + DAY_MS).toISOString();
    await expect(
      client.putObjectRetention(locking, key, {
        mode: mode.toUpperCase() as never,
        retainUntilDate: sooner,
        versionId,
      }),
    ).rejects.toMatchObject({ code: 'AccessDenied' });
  });

  it('locks what was written before the lock was switched on, and keeps the mode of what has one', async () => {
    const prefix = randomBytes(6).toString('hex');
    await (await open(prefix, { lock: undefined })).put('packs/x', object, termsOf(object));
    const until = clock.now() + DAY_MS;
    expect(await (await open(prefix)).extendLock('packs/x', to(until))).toBe(until);
    expect(await (await open(prefix, {}, 'compliance')).extendLock('packs/x', to(until + DAY_MS))).toBe(until + DAY_MS);
    expect((await client.getObjectRetention(locking, `${prefix}/packs/x`))?.mode).toBe('GOVERNANCE');
  });

  it('does not write over an object, whatever the service makes of If-None-Match', async () => {
    const { destination, key } = await written();
    await expect(destination.put('packs/x', object, termsOf(object))).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
    const versions = await Array.fromAsync(client.listObjects(locking, key, true, { IncludeVersion: true }));
    expect(versions).toHaveLength(1);
  });

  it('says that there is nothing to lock', async () => {
    const destination = await open(randomBytes(6).toString('hex'));
    await expect(destination.extendLock('packs/x', to(clock.now() + DAY_MS))).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });

  describe('whoever has the key that writes', () => {
    const forged = Buffer.from('other  bytes');
    const attacks = [
      ['deletes an object', (key: string) => client.removeObject(locking, key)],
      ['overwrites an object', (key: string) => client.putObject(locking, key, forged)],
      [
        'overwrites an object with a lock of his own',
        (key: string) =>
          client.putObject(locking, key, forged, forged.length, {
            'x-amz-object-lock-mode': 'COMPLIANCE',
            'x-amz-object-lock-retain-until-date': new Date(clock.now() + DAY_MS).toISOString(),
          }),
      ],
    ] as const;

    it.each(attacks)('and %s cannot keep it from being brought back', async (_what, attack) => {
      const { destination, key, versionId } = await written();
      await attack(key);
      const found = await destination.get('packs/x').then(buffer, () => undefined);
      expect(found).not.toEqual(object);
      const below = await Array.fromAsync(destination.earlierVersions('packs/x', object.length));
      const kept = await Promise.all(below.map(async (open) => buffer(await open())));
      expect(kept).toContainEqual(object);
      await destination.put('packs/x', object, termsOf(object, false));
      expect(await buffer(await destination.get('packs/x'))).toEqual(object);
      expect(await lockEnd(key, versionId)).toBeGreaterThan(clock.now() + 29 * DAY_MS);
      expect(await Array.fromAsync(destination.earlierVersions('packs/x', 1))).toEqual([]);
    });

    it.each(attacks)('and %s does not draw the lock away from it', async (_what, attack) => {
      const { destination, key, versionId } = await written();
      await attack(key);
      const until = clock.now() + 45 * DAY_MS;
      expect(await destination.extendLock('packs/x', to(until))).toBe(until);
      expect(await lockEnd(key, versionId)).toBe(until);
    });

    it.each(attacks)('and %s does not have it count as deleted', async (_what, attack) => {
      const { destination, key, versionId } = await written();
      await attack(key);
      expect(await destination.delete('packs/x')).toEqual({ is: 'locked', until: await lockEnd(key, versionId) });
    });
  });

  it('leaves nothing of what is not locked any more', async () => {
    const { destination, key, versionId } = await written();
    await client.removeObject(locking, key);
    await client.removeObject(locking, key, { versionId, governanceBypass: true });
    expect(await destination.delete('packs/x')).toEqual({ is: 'deleted' });
    expect(await destination.delete('packs/x')).toEqual({ is: 'absent' });
    expect(await Array.fromAsync(client.listObjects(locking, key, true, { IncludeVersion: true }))).toEqual([]);
  });

  describe('its test', () => {
    it('tries the lock, and takes away later what it had to leave', async () => {
      const destination = await open(randomBytes(6).toString('hex'));
      const report = await destination.test();
      expect(report.isUsable).toBe(true);
      expect(report.steps.at(-1)).toMatchObject({ step: 'lock' });
      expect(await Array.fromAsync(destination.list(''))).toHaveLength(1);
      const [left] = await Array.fromAsync(destination.list('test/'));
      const found = await destination.delete(left?.name ?? '');
      expect(found).toMatchObject({ is: 'locked' });
      expect(found.is === 'locked' && found.until! - clock.now()).toBeLessThanOrEqual(90_000);
    });

    it.each([
      ['a bucket without object lock', plain, 'Object lock is not enabled'],
      ['an account that may not lock', forbidding, 'may not lock objects'],
    ])('names %s', async (_what, bucket, words) => {
      const report = await (await open(randomBytes(6).toString('hex'), { bucket })).test();
      expect(report.isUsable).toBe(false);
      expect(report.steps.at(-1)).toMatchObject({ step: 'lock', outcome: 'failed' });
      expect(report.steps.at(-1)?.words).toContain(words);
    });
  });
});
