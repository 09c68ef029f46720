import pg from 'pg';
import { setTimeout } from 'node:timers/promises';
import type { FaultKind } from './fault-kind.js';

const TOO_MANY_CONNECTIONS = '53300';
const END_SESSIONS = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'holdfast %'`;

export const restartDatabase: FaultKind = {
  name: 'restart-database',
  strike: async ({ faults, dice, name }) => {
    const isOrderly = dice.oneIn(`${name}/orderly`, 2);
    // PostgreSQL's fast and immediate shutdown.
    await faults.servers.postgres.kill(isOrderly ? 'SIGINT' : 'SIGQUIT');
    await faults.servers.postgres.revive();
    return `PostgreSQL restarted ${isOrderly ? 'in order' : 'at once'}`;
  },
};

export const exhaustConnections: FaultKind = {
  name: 'exhaust-connections',
  strike: async ({ faults, holdMs }) => {
    const guest = new URL(faults.databaseUrl);
    const held: pg.Client[] = [];
    // Whoever is not superuser finds no room from here on, and those that had some lose it.
    const take = async () => {
      for (;;) {
        const client = new pg.Client({ connectionString: guest.href, application_name: 'hoarder' });
        client.on('error', () => undefined);
        try {
          await client.connect();
          held.push(client);
        } catch (error) {
          if ((error as { code?: string }).code === TOO_MANY_CONNECTIONS) return;
          throw error;
        }
      }
    };
    await take();
    await held[0]?.query(END_SESSIONS);
    await take();
    await setTimeout(holdMs);
    await Promise.all(held.map((client) => client.end()));
    return `${held.length} connections taken for ${holdMs} ms`;
  },
};

/** Tables that a running job cannot do without. */
const HOT = ['scheduler.tasks', 'storage.chunks', 'storage.snapshots', 'reporting.jobs', 'restore.plans'];

export const timeOutStatements: FaultKind = {
  name: 'time-out-statements',
  strike: async ({ faults, dice, name, holdMs }) => {
    const table = dice.pick(`${name}/table`, HOT as [string, ...string[]]);
    const client = new pg.Client({ connectionString: faults.databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await client.query(`lock table ${table} in access exclusive mode`);
    await setTimeout(holdMs);
    await client.query('rollback');
    await client.end();
    return `${table} locked for ${holdMs} ms`;
  },
};
