import { type DestinationSettings } from './settings.js';

/** What leads to a place: two settings of one answer name the same objects. Undefined where only the credentials could tell. */
export function placeOf(settings: DestinationSettings): string | undefined {
  const parts = partsOf(settings);
  return parts && JSON.stringify([settings.kind, ...parts]);
}

function partsOf(settings: DestinationSettings): readonly unknown[] | undefined {
  switch (settings.kind) {
    case 'folder':
      return [settings.path];
    case 's3':
      return [settings.host, settings.port, settings.bucket];
    case 'azure':
      return [settings.account, settings.host, settings.port, settings.container];
    case 'sftp':
    case 'ftp':
      return [settings.host, settings.port, settings.path];
    case 'rclone':
      return undefined;
  }
}

/** Settings that say who is shown the credentials, or how well he is known. */
const RECEIVERS = ['host', 'port', 'tls', 'ca', 'proxy', 'hostKeys', 'account', 'accountInPath', 'backend'] as const;

/** Whether credentials of the settings before would be shown to somebody else with those after: then they have to be given anew. */
export function showsSecretsElsewhere(before: DestinationSettings, after: DestinationSettings): boolean {
  // A secret key of S3 stays here: requests are signed with it, for one host each. What a proxy asks for is sent to it.
  const receivers = before.kind === 's3' ? (['proxy'] as const) : RECEIVERS;
  const of = (settings: Readonly<Record<string, unknown>>) => JSON.stringify(receivers.map((name) => settings[name]));
  return before.kind !== after.kind || of(before) !== of(after);
}
