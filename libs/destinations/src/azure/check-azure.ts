import { isAppError, type RandomBytes } from '@holdfast/kernel';
import { nameCheck, tryConnection } from '../check-connection.js';
import { objectChecks, secondIsRefused } from '../check-objects.js';
import { type Check, type CheckReport, runChecks } from '../check-report.js';
import { type Destination } from '../destination.port.js';
import { containerAddress } from './azure-container.js';
import { named } from './azure-errors.js';
import { type AzureSettings } from './azure-settings.js';

/** Tries against the container what a backup does, and deletes what it wrote. */
export async function checkAzure(
  destination: Destination,
  settings: AzureSettings,
  randomBytes: RandomBytes,
): Promise<CheckReport> {
  const name = `test/${Buffer.from(randomBytes(16)).toString('hex')}`;
  // Behind a proxy it is the proxy that looks names up and connects.
  const checks = [...(settings.proxy ? [] : connectionChecks(settings)), ...containerChecks(destination, name)];
  try {
    return await runChecks(checks.map(({ step, run }) => ({ step, run: () => named('list', run) })));
  } finally {
    await destination.delete(name).catch(() => undefined);
  }
}

function connectionChecks(settings: AzureSettings): Check[] {
  const { hostname: host, port } = containerAddress(settings);
  return [
    nameCheck(host),
    {
      step: 'connection',
      run: async () => {
        await tryConnection({ ...settings, host, port });
        return settings.tls
          ? 'The connection is encrypted and the certificate is trusted.'
          : 'The connection works. It is not encrypted; the backup data itself is.';
      },
    },
  ];
}

function containerChecks(destination: Destination, name: string): Check[] {
  return [
    {
      step: 'credential',
      run: async () => {
        await butFor(['ContainerNotFound', 'AuthorizationPermissionMismatch'], () => destination.claim());
        return 'The credentials are accepted.';
      },
    },
    {
      step: 'bucket',
      run: async () => {
        // A missing right to list is told by its own step.
        await butFor(['AuthorizationPermissionMismatch'], () => destination.claim());
        return 'The container is there.';
      },
    },
    ...objectChecks(destination, name, () =>
      secondIsRefused(destination, name, 'Let no other program write to this container.'),
    ),
  ];
}

/** Lets these answers of the service pass. */
async function butFor(codes: readonly string[], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isAppError(error) || !codes.includes(String(error.details.context?.['azureCode']))) throw error;
  }
}
