import { SystemClock } from '@holdfast/kernel';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type Destination } from '../destination.port.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';

/** A remote of rclone and a folder there. */
export interface Remote {
  readonly backend: string;
  readonly root: string;
  readonly options: Readonly<Record<string, string>>;
  /** How its service is reached, beside what the options say. */
  readonly way?: { readonly ca: string; readonly proxy: { readonly host: string; readonly port: number } };
}

export function openRemote(
  prefix: string,
  { backend, options, way }: Omit<Remote, 'root'>,
  path: string,
): Promise<Destination> {
  return openDestination(
    {
      settings: parseDestinationSettings({ kind: 'rclone', backend, path, ...way }),
      credentials: parseDestinationCredentials({ kind: 'rclone', options }),
      prefix,
    },
    { clock: new SystemClock(), randomBytes, silenceMs: 20_000 },
  );
}

/** Each test has a folder of its own, so nothing has to be deleted between them. `makeFolder` where rclone itself is not to make it. */
export function useRemotes(makeFolder: (remote: Remote, path: string) => Promise<void> | void = makeByRclone) {
  let folder = '';
  return {
    openerOf: (remote: () => Remote) => async (prefix: string) => {
      if (folder === '') {
        folder = `${remote().root}/${randomBytes(6).toString('hex')}`;
        await makeFolder(remote(), folder);
      }
      const destination = await openRemote(prefix, remote(), folder);
      await destination.claim();
      return destination;
    },
    close: async () => {
      folder = '';
    },
  };
}

function makeByRclone({ backend, options }: Remote, path: string): void {
  const entries = Object.entries({ ...options, type: backend });
  const env = Object.fromEntries(entries.map(([name, value]) => [`RCLONE_CONFIG_P_${name.toUpperCase()}`, value]));
  const line = ['--config', '', 'mkdir', `p:${path}`];
  execFileSync('rclone', line, { env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env }, stdio: 'ignore' });
}
