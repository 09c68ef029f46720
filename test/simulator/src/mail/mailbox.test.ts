import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MailClient } from './testing/mail-client.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

let client: MailClient;
let twin: MailClient;

// Hundreds of calls over TLS: seconds on a busy machine.
jest.setTimeout(60_000);

beforeAll(async () => {
  [client, twin] = await Promise.all([MailClient.start(50, {}, 5), MailClient.start(50, {}, 5)]);
});
afterAll(() => Promise.all([client.close(), twin.close()]));

describe('a seeded mailbox', () => {
  it('is the same for the same seed, and after the same life', async () => {
    expect(await client.dump()).toEqual(await twin.dump());
    const live = { operations: 40, seed: 9, workloads: ['mail'] };
    for (const { simulator, tenant } of [client, twin]) {
      await simulator.call('POST', '/clock', { set: Date.UTC(2026, 8, 8), scale: 0 });
      await simulator.call('POST', `/tenants/${tenant.tenantId}/live`, live);
    }
    const dump = await client.dump();
    expect(dump).toEqual(await twin.dump());
    expect(new Set(dump.map(({ kind, key }) => `${kind} ${key}`)).size).toBe(dump.length);
  });

  it('has deep folders, hidden ones, and names that differ by case', async () => {
    const folders = (await client.dump()).filter(({ kind }) => kind === 'folder').map(({ fields }) => fields);
    const names = folders.map(({ displayName }) => String(displayName));
    expect(Math.max(...folders.map(({ path }) => (path as string[]).length))).toBeGreaterThanOrEqual(12);
    expect(folders.some(({ isHidden }) => isHidden === true)).toBe(true);
    expect(names.length).toBeGreaterThan(new Set(names.map((name) => name.toLowerCase())).size);
    expect(names.some((name) => /[^\0-\x7f]/.test(name))).toBe(true);
  });

  it('loses about the asked share to an attacker', async () => {
    const before = (await client.dump()).filter(({ kind }) => kind === 'message');
    const path = `/tenants/${client.tenant.tenantId}/destroy`;
    await client.simulator.call('POST', path, { share: 0.5, seed: 1, workloads: ['mail'] });
    const after = new Map((await client.dump()).map((entry) => [entry.key, entry.contentHash]));
    const harmed = before.filter(({ key, contentHash }) => after.get(key) !== contentHash).length;
    expect(harmed / before.length).toBeGreaterThan(0.25);
    expect(harmed / before.length).toBeLessThan(0.95);
  });
});
