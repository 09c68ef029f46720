import type pg from 'pg';
import { observe } from './measure.js';

/** Has a pool's connections measured until it ends. */
export function observePool(name: string, pool: pg.Pool): void {
  const ofPool = { 'db.client.connection.pool.name': name };
  const stops = [
    observe('db.client.connection.count', () => {
      if (pool.ending) return ended();
      const labelled = (state: string) => ({ ...ofPool, 'db.client.connection.state': state });
      return [
        { value: pool.totalCount - pool.idleCount, labels: labelled('used') },
        { value: pool.idleCount, labels: labelled('idle') },
      ];
    }),
    observe('db.client.connection.pending_requests', () =>
      pool.ending ? ended() : [{ value: pool.waitingCount, labels: ofPool }],
    ),
  ];
  const ended = () => {
    for (const stop of stops) stop();
    return [];
  };
}
