import type { Clock } from '@holdfast/kernel';
import pg from 'pg';
import type { Logger } from '../logging/logger.js';
import { connectionTo, type DatabaseAddress } from './database-address.js';

const CONNECT_AGAIN_MS = 1_000;

export interface ListenOptions {
  readonly address: DatabaseAddress;
  readonly channel: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Listener {
  close(): Promise<void>;
}

/** Calls back whenever somebody notifies a channel. Connects again when the connection breaks; what is notified meanwhile is missed. */
export function listenTo({ address, channel, clock, logger }: ListenOptions, onNotified: () => void): Listener {
  const closing = new AbortController();
  const listenOnce = async () => {
    const client = new pg.Client({ ...connectionTo(address), application_name: `listens to ${channel}` });
    const isOver = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
      closing.signal.addEventListener('abort', () => resolve());
    });
    try {
      await client.connect();
      client.on('notification', onNotified);
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
      onNotified();
      await isOver;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const run = async () => {
    while (!closing.signal.aborted) {
      await listenOnce().catch((error: unknown) => logger.warn('Listening to the database failed', { channel, error }));
      await clock.sleep(CONNECT_AGAIN_MS, closing.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    close: () => {
      closing.abort();
      return running;
    },
  };
}
