import { AppError } from '@holdfast/kernel';
import { isIP } from 'node:net';

/** Whether a host is this machine: what is sent to it is on no wire. An empty host and a path are sockets. */
export function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === '' || bare.startsWith('/') || bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** A plain connection to a server, and the settings that decide about it. */
export interface PlainConnection {
  /** Names the server. */
  readonly setting: string;
  readonly hosts: readonly string[];
  /** Names an authority, and so asks for TLS. */
  readonly caSetting: string;
  /** Allows it all the same. */
  readonly plainSetting: string;
  readonly isAllowed: boolean;
}

/** Refuses to send in plain what leaves this machine, unless that is set: INVALID_CONFIG. */
export function refusePlain({ setting, hosts, caSetting, plainSetting, isAllowed }: PlainConnection): void {
  if (isAllowed || hosts.every(isThisMachine)) return;
  throw new AppError(
    'INVALID_CONFIG',
    `The settings cannot be used. ${setting}: names a server on another machine, and the connection would be plain. ` +
      `Name its authority in ${caSetting}, or set ${plainSetting}=true where the network itself is encrypted.`,
    { context: { setting } },
  );
}
