import type { BackupPlace } from '@holdfast/oracle';
import type { S3Server } from '@holdfast/testkit';
import type { KeepObject } from '@holdfast/testkit/bucket-proxy';
import { SmallDisk } from '@holdfast/testkit/small-disk';
import { Client } from 'minio';
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';

const REGION = 'us-east-1';
/** More than a tenant of these tests needs. */
const DISK_MIB = 64;

const clientOf = ({ host, port, accessKey, secretKey }: S3Server) =>
  new Client({ endPoint: host, port, useSSL: false, region: REGION, accessKey, secretKey });

/** Puts objects around whatever stands before the bucket. */
export function keeperOf(account: S3Server): KeepObject {
  const client = clientOf(account);
  return async (path, body, metadata) => {
    const [, bucket = '', ...key] = path.split('/');
    return client.putObject(bucket, key.join('/'), body, body.length, { ...metadata });
  };
}

/** A new bucket that the product reaches at `frontPort`, and that is looked at around that. */
export async function newBucketPlace(account: S3Server, frontPort: number, mirror: string): Promise<BackupPlace> {
  const { host, accessKey, secretKey } = account;
  const bucket = `faults-${randomUUID()}`;
  const client = clientOf(account);
  await client.makeBucket(bucket, REGION);
  return {
    destination: {
      displayName: 'Backup bucket',
      settings: { kind: 's3', host, port: frontPort, tls: false, bucket, region: REGION },
      credentials: { kind: 's3', accessKey, secretKey },
    },
    look: async () => {
      await rm(mirror, { recursive: true, force: true });
      await mkdir(mirror, { recursive: true });
      for await (const { name } of client.listObjectsV2(bucket, '', true) as AsyncIterable<{ name?: string }>) {
        if (name === undefined) continue;
        const path = join(mirror, name);
        await mkdir(dirname(path), { recursive: true });
        await pipeline(await client.getObject(bucket, name), createWriteStream(path));
      }
      return mirror;
    },
    remove: () => rm(mirror, { recursive: true, force: true }),
  };
}

/** A small disk as a destination. */
export interface FolderOnDisk extends BackupPlace {
  readonly disk: SmallDisk;
}

export async function newFolderOnDisk(path: string): Promise<FolderOnDisk> {
  const disk = await SmallDisk.on(path, DISK_MIB);
  return {
    disk,
    destination: { displayName: 'Small disk', settings: { kind: 'folder', path }, credentials: { kind: 'folder' } },
    look: () => Promise.resolve(path),
    remove: () => disk.remove(),
  };
}
