import { AppError, isAppError, type RandomBytes } from '@holdfast/kernel';
import { lookup } from 'node:dns/promises';
import { createHash } from 'node:crypto';
import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { buffer } from 'node:stream/consumers';
import { type Check, type CheckReport, runChecks } from '../check-report.js';
import { type Destination } from '../destination.port.js';
import { type S3Settings } from '../settings.js';
import { bucketAddress } from './s3-endpoint.js';
import { named } from './s3-errors.js';

const BYTES = Buffer.from('Holdfast was here to test the destination.\n');
const TERMS = { bytes: BYTES.byteLength, sha256: createHash('sha256').update(BYTES).digest('hex'), ifAbsent: true };
const CONNECT_MS = 10_000;

/** Tries against the bucket what a backup does, and deletes what it wrote. */
export async function checkS3(
  destination: Destination,
  settings: S3Settings,
  randomBytes: RandomBytes,
): Promise<CheckReport> {
  const name = `test/${Buffer.from(randomBytes(16)).toString('hex')}`;
  // Behind a proxy it is the proxy that looks names up and connects.
  const checks = [...(settings.proxy ? [] : connectionChecks(settings)), ...bucketChecks(destination, name)];
  try {
    return await runChecks(checks.map(({ step, run }) => ({ step, run: () => named(run) })));
  } finally {
    await destination.delete(name).catch(() => undefined);
  }
}

function connectionChecks(settings: S3Settings): Check[] {
  return [
    {
      step: 'name',
      run: async () => {
        const { address } = await lookup(bucketAddress(settings).hostname);
        return `The host name leads to ${address}.`;
      },
    },
    {
      step: 'connection',
      run: async () => {
        await connected(settings);
        return settings.tls
          ? 'The connection is encrypted and the certificate is trusted.'
          : 'The connection works. It is not encrypted; the backup data itself is.';
      },
    },
  ];
}

function bucketChecks(destination: Destination, name: string): Check[] {
  return [
    { step: 'credential', run: () => credentialIsAccepted(destination) },
    {
      step: 'bucket',
      run: async () => {
        await destination.claim();
        return 'The bucket exists.';
      },
    },
    {
      step: 'write',
      run: async () => {
        await destination.put(name, BYTES, TERMS);
        return 'An object was written.';
      },
    },
    { step: 'keep', run: () => overwriteIsRefused(destination, name) },
    {
      step: 'read',
      run: async () => {
        if (!BYTES.equals(await buffer(await destination.get(name))))
          throw new AppError(
            'STORE_REJECTED',
            'The object reads back with other bytes than were written. Do not use this service.',
          );
        return 'The object reads back as it was written.';
      },
    },
    {
      step: 'list',
      run: async () => {
        for await (const found of destination.list(name)) if (found.name === name) return 'The object is listed.';
        throw new AppError(
          'STORE_REJECTED',
          'The object is not listed after it was written. Use a service with consistent listings.',
        );
      },
    },
    {
      step: 'delete',
      run: async () => {
        const deletion = await destination.delete(name);
        if (deletion.is === 'locked') return { warning: lockedInWords(deletion.until) };
        if (await destination.head(name))
          throw new AppError('STORE_REJECTED', 'The object is still there after it was deleted.');
        return 'The object was deleted.';
      },
    },
  ];
}

function lockedInWords(until: number | undefined): string {
  const end = until === undefined ? 'a hold is taken off it' : new Date(until).toISOString();
  return `The bucket locks what is written there: the test's object stays until ${end}. Backups work; what they no longer need takes room until its lock has ended.`;
}

/** Asks for a listing, because its refusals say which part of the credentials is wrong; a HEAD's say nothing. */
async function credentialIsAccepted(destination: Destination): Promise<string> {
  try {
    for await (const _ of destination.list('')) break;
  } catch (error) {
    if (!isAppError(error) || error.details.context?.['s3Code'] !== 'NoSuchBucket') throw error;
  }
  return 'The credentials are accepted.';
}

async function overwriteIsRefused(destination: Destination, name: string): Promise<string | { warning: string }> {
  try {
    await destination.put(name, BYTES, TERMS);
  } catch (error) {
    if (isAppError(error, 'OBJECT_EXISTS')) return 'A second object of the same name is refused (If-None-Match).';
    throw error;
  }
  return {
    warning:
      'The service ignores If-None-Match, so it cannot itself keep an object from being overwritten. Turn on versioning of the bucket.',
  };
}

function connected({ tls, host, ...settings }: S3Settings): Promise<void> {
  const { hostname, port } = bucketAddress({ tls, host, ...settings });
  return new Promise((resolve, reject) => {
    const ca = settings.ca === undefined ? {} : { ca: [...rootCertificates, settings.ca] };
    const socket = tls
      ? connectTls({ host: hostname, port, ...(isIP(hostname) === 0 && { servername: hostname }), ...ca })
      : connectPlain({ host: hostname, port });
    socket.setTimeout(CONNECT_MS, () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    socket.once('error', reject);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
