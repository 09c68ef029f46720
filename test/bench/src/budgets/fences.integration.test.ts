import { SystemClock } from '@holdfast/kernel';
import { type EventBus, NatsEventBus, Secret, SilentLogger } from '@holdfast/platform';
import { startSimulator } from '@holdfast/simulator';
import { describeWithServer, missingNats, startTestNats } from '@holdfast/testkit';
import { FenceBoard, hearFences } from '@holdfast/worker';
import { expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AuthHost } from './auth-host.js';
import { Crowd } from './crowd.js';

jest.setTimeout(120_000);

const clock = new SystemClock();
const USERS = 5;
const REFUSED = 4;
const RETRY_AFTER_SECONDS = 4;
/** Slow enough that slices are held for their two seconds, and are not spent before. */
const ANSWER_MS = 100;
/** Half a second after all of them took their second slices: who hears of nothing sends for another second and a half. */
const REFUSED_AFTER_MS = 2_500;
const WELL_BELOW_MS = 1_000;

interface Entry {
  readonly at: number;
  readonly user: string;
  readonly fault?: string;
}

interface Asked {
  /** Of each refused mailbox, the milliseconds from its refusal to the last request into it. */
  readonly refused: readonly number[];
  /** The same of the first refusal and the mailboxes that were not refused. */
  readonly other: number;
}

/**
 * Two crawlers, each with a connection of its own to the bus, read the same mailboxes without end; Microsoft refuses most of the
 * mailboxes one request, of one crawler, and would answer every other.
 */
async function askedAfterRefusal(): Promise<Asked> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const simulator = await startSimulator({ seed: 5, tenants: 1, users: USERS, messages: 0, files: 0 });
    closers.push(() => simulator.close());
    const nats = await startTestNats();
    closers.push(() => nats.stop());
    const busOf = async (name: string): Promise<EventBus> => {
      const url = new Secret(nats.url);
      const bus = await NatsEventBus.connect({ url, name, clock, logger: new SilentLogger() });
      closers.push(() => bus.close());
      return bus;
    };
    const { login, graph, ca, tenants } = simulator;
    const caPem = readFileSync(ca, 'utf8');
    const cloud = { name: 'simulator', loginBaseUrl: login, graphBaseUrl: graph, caPem };
    const host = await AuthHost.start({ ...cloud, limitsTimeScale: 1, limitsShare: 1 }, await busOf('auth'));
    closers.push(() => host.stop());
    const { tenant, users } = await host.register(cloud.name, tenants[0]!);
    const crowds = [1, 2].map(async () => {
      const fences = new FenceBoard(clock);
      await hearFences(await busOf('crawler'), fences);
      const tasks = users.map(async (user) => {
        const grant = await host.grant(tenant, `mail.${user}`, 'first-full');
        return { tenant, grant, user, workload: 'mail' as const };
      });
      const work = { auth: host.crawler(), graphBaseUrl: graph, caPem, tasks: await Promise.all(tasks) };
      return new Crowd(work, fences);
    });
    const slow = { fault: 'slow', ms: ANSWER_MS, match: { path: '/mailFolders' } };
    await simulator.call('POST', '/faults', slow);
    const running = await Promise.all(crowds);
    closers.push(() => Promise.all(running.map((crowd) => crowd.stop())));
    await clock.sleep(REFUSED_AFTER_MS);
    const refused = users.slice(0, REFUSED);
    const refusals = refused.map((user) => ({
      fault: '429',
      match: { user, path: '/mailFolders' },
      times: 1,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    }));
    await simulator.call('DELETE', '/faults');
    await simulator.call('POST', '/faults', [...refusals, slow]);
    await clock.sleep((RETRY_AFTER_SECONDS - 0.5) * 1_000);
    const { entries } = (await simulator.call('GET', '/log?limit=20000')) as { readonly entries: readonly Entry[] };
    const refusedAt = new Map(entries.filter(({ fault }) => fault === '429').map(({ user, at }) => [user, at]));
    const lastInto = (user: string) => Math.max(...entries.filter((entry) => entry.user === user).map(({ at }) => at));
    return {
      refused: refused.map((user) => lastInto(user) - (refusedAt.get(user) ?? 0)),
      other: Math.min(...users.slice(REFUSED).map(lastInto)) - Math.min(...refusedAt.values()),
    };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

describeWithServer('a fence around a mailbox', missingNats(), () => {
  it('is heard by the crawler that was not refused before its slice ends, and stands around no other mailbox', async () => {
    const { refused, other } = await askedAfterRefusal();
    expect(Math.max(...refused)).toBeLessThan(WELL_BELOW_MS);
    expect(other).toBeGreaterThan(2 * WELL_BELOW_MS);
  });
});
