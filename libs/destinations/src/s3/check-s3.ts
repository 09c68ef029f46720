import { isAppError } from '@holdfast/kernel';
import { nameCheck, tryConnection } from '../check-connection.js';
import { objectChecks, secondIsRefused } from '../check-objects.js';
import { type Check, type CheckReport, runChecks } from '../check-report.js';
import { type Destination } from '../destination.port.js';
import { type DestinationSurroundings } from '../surroundings.js';
import { lockCheck, type LockToTry, TEST_PREFIX } from './check-lock.js';
import { type S3Settings } from './s3-settings.js';
import { bucketAddress } from './s3-endpoint.js';
import { named } from './s3-errors.js';

const VERSIONS = 'Turn on versioning of the bucket.';

/** The bucket as a backup uses it, but without a lock; and with one that soon ends, where the settings lock. */
export interface S3ToCheck {
  readonly destination: Destination;
  readonly locked: Pick<LockToTry, 'destination' | 'bucketLocks'> | undefined;
  readonly settings: S3Settings;
  readonly surroundings: DestinationSurroundings;
}

/** Tries against the bucket what a backup does, and deletes what it wrote. */
export async function checkS3({ destination, locked, settings, surroundings }: S3ToCheck): Promise<CheckReport> {
  const { randomBytes, clock } = surroundings;
  const newName = () => `${TEST_PREFIX}${Buffer.from(randomBytes(16)).toString('hex')}`;
  const name = newName();
  const checks = [
    // Behind a proxy it is the proxy that looks names up and connects.
    ...(settings.proxy ? [] : connectionChecks(settings)),
    ...bucketChecks(
      destination,
      name,
      locked ? 'What is overwritten stays as a version of its own, and locked.' : VERSIONS,
    ),
    ...(locked ? [lockCheck({ ...locked, name: newName(), now: clock.now() })] : []),
  ];
  try {
    return await runChecks(checks.map(({ step, run }) => ({ step, run: () => named(run) })));
  } finally {
    await destination.delete(name).catch(() => undefined);
  }
}

function connectionChecks(settings: S3Settings): Check[] {
  const { hostname, port } = bucketAddress(settings);
  return [
    nameCheck(hostname),
    {
      step: 'connection',
      run: async () => {
        await tryConnection({ ...settings, host: hostname, port });
        return settings.tls
          ? 'The connection is encrypted and the certificate is trusted.'
          : 'The connection works. It is not encrypted; the backup data itself is.';
      },
    },
  ];
}

function bucketChecks(destination: Destination, name: string, remedy: string): Check[] {
  return [
    { step: 'credential', run: () => credentialIsAccepted(destination) },
    {
      step: 'bucket',
      run: async () => {
        await destination.claim();
        return 'The bucket exists.';
      },
    },
    ...objectChecks(destination, name, () => secondIsRefused(destination, name, remedy)),
  ];
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
