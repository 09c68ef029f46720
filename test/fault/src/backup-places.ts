import type { BackupPlace } from '@holdfast/oracle';
import type { S3Server } from '@holdfast/testkit';
import { Client } from 'minio';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REGION = 'us-east-1';
/** More than a tenant of these tests needs. */
const DISK_MIB = 64;
const BALLAST = Buffer.alloc(64 * 1024);

/** A new bucket that the product reaches at `frontPort`, and that is looked at around that. */
export async function newBucketPlace(account: S3Server, frontPort: number, mirror: string): Promise<BackupPlace> {
  const { host, port, accessKey, secretKey } = account;
  const bucket = `faults-${randomUUID()}`;
  const client = new Client({ endPoint: host, port, useSSL: false, region: REGION, accessKey, secretKey });
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

/** A file system of its own that can be filled to the last byte. */
export interface SmallDisk extends BackupPlace {
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
}

/** Why {@link newSmallDisk} cannot be had here; undefined when it can. */
export function missingSmallDisk(): string | undefined {
  const may = process.platform === 'linux' && process.getuid?.() === 0;
  return may ? undefined : 'only root on Linux may mount a small file system';
}

export async function newSmallDisk(path: string): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  return {
    destination: { displayName: 'Small disk', settings: { kind: 'folder', path }, credentials: { kind: 'folder' } },
    look: () => Promise.resolve(path),
    fill: async () => {
      const file = await open(ballast, 'w');
      try {
        for (;;) await file.write(BALLAST);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    makeRoom: () => rm(ballast, { force: true }),
    remove: async () => {
      await run('umount', ['--lazy', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}
