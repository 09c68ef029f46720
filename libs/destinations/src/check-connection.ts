import { lookup } from 'node:dns/promises';
import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Check } from './check-report.js';
import { trustOf } from './trust.js';

const CONNECT_MS = 10_000;

/** Where a server listens, and how it is trusted. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** Whether TLS begins with the connection. */
  readonly tls: boolean;
  /** Certificates to trust besides the public ones, as PEM. */
  readonly ca?: string | undefined;
}

/** Whether the host's name is known here. */
export function nameCheck(host: string): Check {
  return {
    step: 'name',
    run: async () => {
      const { address } = await lookup(host);
      return `The host name leads to ${address}.`;
    },
  };
}

/** Connects, with the TLS handshake where there is one, and hangs up. Throws Node's own words. */
export function tryConnection({ host, port, tls, ca }: ServerAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...trustOf({ ca }) })
      : connectPlain({ host, port });
    socket.setTimeout(CONNECT_MS, () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    socket.once('error', reject);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
