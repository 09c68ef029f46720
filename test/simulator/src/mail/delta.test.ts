import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DeltaMirror, modelState } from './testing/delta-mirror.js';
import { type Collection, type Json, MailClient } from './testing/mail-client.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

let client: MailClient;
let seed = 0;

// Hundreds of calls over TLS: seconds on a busy machine.
jest.setTimeout(60_000);

beforeAll(async () => {
  client = await MailClient.start(60);
});
afterAll(() => client.close());

const live = (operations: number): Promise<unknown> =>
  client.simulator.call('POST', `/tenants/${client.tenant.tenantId}/live`, {
    operations,
    seed: ++seed,
    workloads: ['mail'],
  });

const inboxDelta = '/mailFolders/inbox/messages/delta?$select=isRead';

describe('message delta', () => {
  it.each([
    ['well-behaved', {}],
    ['with duplicates on pages', { 'mail.delta-duplicates': true }],
    ['with replayed pages', { 'mail.delta-replayed-page': true }],
    ['with items told twice', { 'mail.delta-item-twice': true }],
    ['with moves told as changed', { 'mail.delta-move-reason': 'changed' }],
    ['with partial entries for read flags', { 'mail.delta-read-flag': 'partial' }],
    [
      'with all of them',
      { 'mail.delta-duplicates': true, 'mail.delta-replayed-page': true, 'mail.delta-item-twice': true },
    ],
  ])('brings a client to the model: %s', async (_, switches) => {
    await client.set(switches);
    const mirror = new DeltaMirror(client, 7);
    await mirror.follow();
    expect(mirror.state()).toEqual(await modelState(client));
    for (let round = 0; round < 3; round++) {
      await live(25);
      await mirror.follow();
      expect(mirror.state()).toEqual(await modelState(client));
    }
  });

  it('tells what changes between two pages in the next round', async () => {
    await client.set({});
    const headers = { prefer: 'IdType="ImmutableId", odata.maxpagesize=2' };
    const first = await client.get<Collection>(inboxDelta, { headers });
    const { message } = await client.mutate({ op: 'arrive', folder: 'inbox' });
    const rest = await client.all(first['@odata.nextLink']!, 50);
    expect(rest.entries.map(({ id }) => id)).not.toContain(message);
    const next = await client.all(rest.deltaLink);
    expect(next.entries).toMatchObject([{ '@odata.type': '#microsoft.graph.message', id: message }]);
  });

  it('answers a deltaLink again and again with what is new since then', async () => {
    const { deltaLink } = await client.all(inboxDelta, 50);
    const { message } = await client.mutate({ op: 'arrive', folder: 'inbox' });
    expect((await client.all(deltaLink)).entries).toMatchObject([{ id: message }]);
    expect((await client.all(deltaLink)).entries).toMatchObject([{ id: message }]);
  });

  it('loses a message that returned, under the switch and with immutable ids only', async () => {
    await client.set({ 'mail.delta-lost-return': true });
    const { message } = await client.mutate({ op: 'arrive', folder: 'inbox' });
    await client.mutate({ op: 'move', message, folder: 'archive' });
    const { deltaLink } = await client.all(inboxDelta, 50);
    await client.mutate({ op: 'move', message, folder: 'inbox' });
    expect((await client.all(deltaLink)).entries).toEqual([]);
    await client.mutate({ op: 'update', message, fields: { importance: 'high' } });
    expect((await client.all(deltaLink)).entries).toMatchObject([{ id: message }]);
  });

  it('can keep silent about the read flag', async () => {
    await client.set({ 'mail.delta-read-flag': 'silent' });
    const { message } = await client.mutate({ op: 'arrive', folder: 'inbox' });
    const { deltaLink } = await client.all(inboxDelta, 50);
    await client.mutate({ op: 'update', message, fields: { isRead: true } });
    expect((await client.all(deltaLink)).entries).toEqual([]);
    await client.set({ 'mail.delta-read-flag': 'partial' });
    expect((await client.all(deltaLink)).entries).toEqual([
      { '@odata.type': '#microsoft.graph.message', '@odata.etag': expect.any(String), id: message, isRead: true },
    ]);
  });

  it('filters by received time and may speak of others', async () => {
    await client.set({});
    const filter = encodeURIComponent('receivedDateTime ge 2026-09-01T00:00:00Z');
    const round = await client.all(`/mailFolders/inbox/messages/delta?$select=receivedDateTime&$filter=${filter}`, 50);
    expect(round.entries.every(({ receivedDateTime }) => String(receivedDateTime) >= '2026-09-01')).toBe(true);
    const old = (
      await client.get<Collection>('/mailFolders/inbox/messages?$select=id&$orderby=receivedDateTime&$top=1')
    ).value[0]!;
    await client.mutate({ op: 'permanent-delete', message: old.id });
    expect((await client.all(round.deltaLink)).entries).toEqual([]);
    await client.set({ 'mail.delta-outside-filter': true });
    expect((await client.all(round.deltaLink)).entries).toMatchObject([
      { id: old.id, '@removed': { reason: 'deleted' } },
    ]);
  });

  it('ends a capped round early and orders the first one newest first when asked', async () => {
    await client.set({});
    expect((await client.all(`${inboxDelta}&$top=3`, 2)).entries).toHaveLength(3);
    const { entries } = await client.all(
      '/mailFolders/inbox/messages/delta?$select=receivedDateTime&$orderby=receivedDateTime desc',
      4,
    );
    const received = entries.map(({ receivedDateTime }) => String(receivedDateTime));
    expect(received).toEqual(received.toSorted().reverse());
    expect(received.length).toBe((await client.all(inboxDelta, 50)).entries.length);
  });

  it.each([
    ['created', 1],
    ['updated', 1],
    ['deleted', 1],
    ['created,deleted', 2],
  ])('tells only what changeType asks for: %s', async (changeType, expected) => {
    await client.set({});
    const [kept, gone] = await Promise.all(['a', 'b'].map(() => client.mutate({ op: 'arrive', folder: 'inbox' })));
    const { deltaLink } = await client.all(`${inboxDelta}&changeType=${changeType}`, 200);
    await client.mutate({ op: 'update', message: kept!.message, fields: { importance: 'high' } });
    await client.mutate({ op: 'move', message: gone!.message, folder: 'archive' });
    await client.mutate({ op: 'arrive', folder: 'inbox' });
    expect((await client.all(deltaLink)).entries).toHaveLength(expected);
  });

  it('answers 410 syncStateNotFound once tokens are lost, for good or by the fault script', async () => {
    const { deltaLink } = await client.all(inboxDelta, 50);
    await client.simulator.call('POST', '/faults', { fault: 'delta-lost', times: 1 });
    expect(await client.call(deltaLink)).toMatchObject({ status: 410, body: { error: { code: 'syncStateNotFound' } } });
    expect((await client.call(deltaLink)).status).toBe(200);
    await client.mutate({ op: 'lose-delta-tokens' });
    expect((await client.call(deltaLink)).status).toBe(410);
  });

  it.each(['delta-missing-item', 'delta-duplicates', 'delta-missed-move'])('acts out the fault %s', async (fault) => {
    const { message } = await client.mutate({ op: 'arrive', folder: 'archive' });
    const { deltaLink } = await client.all(inboxDelta, 50);
    await client.mutate({ op: 'move', message, folder: 'inbox' });
    await client.simulator.call('POST', '/faults', { fault, times: 1 });
    expect((await client.all(deltaLink)).entries).toHaveLength(fault === 'delta-duplicates' ? 2 : 0);
    expect((await client.all(deltaLink)).entries).toHaveLength(1);
  });

  it('loses no move in a first listing, which knows of none', async () => {
    const { message } = await client.mutate({ op: 'arrive', folder: 'archive' });
    const { deltaLink, entries } = await client.all(inboxDelta, 50);
    await client.mutate({ op: 'move', message, folder: 'inbox' });
    await client.simulator.call('POST', '/faults', { fault: 'delta-missed-move', times: 1 });
    expect((await client.all(inboxDelta, 50)).entries).toHaveLength(entries.length + 1);
    expect((await client.all(deltaLink)).entries).toEqual([]);
  });

  it('tells a page again, or in another order, when the fault script asks for it', async () => {
    const { deltaLink } = await client.all(inboxDelta, 50);
    for (let count = 0; count < 3; count += 1) await client.mutate({ op: 'arrive', folder: 'inbox' });
    const told = (await client.all(deltaLink)).entries.map(({ id }) => id);
    await client.simulator.call('POST', '/faults', { fault: 'delta-replayed', times: 1 });
    expect((await client.all(deltaLink)).entries.map(({ id }) => id)).toEqual([...told, ...told]);
    await client.simulator.call('POST', '/faults', { fault: 'delta-reordered', times: 1 });
    expect((await client.all(deltaLink)).entries.map(({ id }) => id)).toEqual(told.toReversed());
  });

  it('gives plain ids that change with the folder when nobody asks for immutable ones', async () => {
    const plain = { prefer: 'odata.maxpagesize=500' };
    const { message, messageRestId } = await client.mutate({ op: 'arrive', folder: 'archive' });
    const { deltaLink } = await client
      .get<Json & { deltaLink?: string }>('/mailFolders/archive/messages/delta?$select=id', { headers: plain })
      .then((page) => ({ deltaLink: String(page['@odata.deltaLink']) }));
    const moved = await client.mutate({ op: 'move', message, folder: 'inbox' });
    expect(moved.messageRestId).not.toBe(messageRestId);
    const page = await client.get<Collection>(deltaLink, { headers: plain });
    expect(page.value).toMatchObject([{ id: messageRestId, '@removed': { reason: 'deleted' } }]);
  });
});

describe('folder delta', () => {
  it('tells new, renamed, moved and removed folders, at any depth', async () => {
    const { entries, deltaLink } = await client.all('/mailFolders/delta', 5);
    expect(entries.length).toBeGreaterThan(20);
    const { folder } = await client.mutate({ op: 'create-folder', parent: 'inbox', fields: { displayName: 'Fresh' } });
    expect((await client.all(deltaLink)).entries).toMatchObject([{ id: folder, displayName: 'Fresh' }]);
    await client.mutate({ op: 'rename-folder', folder, fields: { displayName: 'Stale' } });
    expect((await client.all(deltaLink)).entries).toMatchObject([{ id: folder, displayName: 'Stale' }]);
    await client.mutate({ op: 'delete-folder', folder, isPermanent: true });
    expect((await client.all(deltaLink)).entries).toMatchObject([{ id: folder, '@removed': { reason: 'deleted' } }]);
  });
});
