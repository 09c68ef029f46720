import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, type PageCollection, PageIterator, ResponseType } from '@microsoft/microsoft-graph-client';
import type { Entity, MailFolder, Message } from '@microsoft/microsoft-graph-types';
import { Agent, fetch, setGlobalDispatcher } from 'undici';
import { MailClient } from './testing/mail-client.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

let mail: MailClient;
let sdk: Client;

// Hundreds of calls over TLS: seconds on a busy machine.
jest.setTimeout(60_000);

beforeAll(async () => {
  mail = await MailClient.start(40);
  // The Graph client uses the global fetch; this is what NODE_EXTRA_CA_CERTS does for a whole process.
  setGlobalDispatcher(new Agent({ connect: { ca: readFileSync(mail.simulator.ca) } }));
  globalThis.fetch = fetch as unknown as typeof globalThis.fetch;
  const token = await mail.graph.signIn();
  sdk = Client.init({
    baseUrl: mail.simulator.graph,
    customHosts: new Set(['127.0.0.1']),
    authProvider: (done) => done(null, token),
  });
});
afterAll(() => mail.close());

async function every(path: string): Promise<{ found: Entity[]; deltaLink: string | undefined }> {
  const found: Entity[] = [];
  const first = (await sdk.api(path).header('Prefer', 'odata.maxpagesize=7').get()) as PageCollection;
  const pages = new PageIterator(sdk, first, (element: Entity) => found.push(element) > 0, {
    headers: { Prefer: 'odata.maxpagesize=7' },
  });
  await pages.iterate();
  return { found, deltaLink: pages.getDeltaLink() };
}

describe('the Graph client, unpatched', () => {
  it('lists folders, follows delta pages and reads MIME', async () => {
    const { found: folders } = await every(`/users/${mail.user}/mailFolders`);
    expect(folders.length).toBeGreaterThan(10);
    const inbox = (await sdk.api(`/users/${mail.user}/mailFolders/inbox`).get()) as MailFolder;
    const path = `/users/${mail.user}/mailFolders/${inbox.id!}/messages/delta`;
    const { found, deltaLink } = await every(path);
    expect(found).toHaveLength(inbox.totalItemCount!);
    expect(((await sdk.api(deltaLink!).get()) as { value: Message[] }).value).toEqual([]);
    const mime = (await sdk
      .api(`/users/${mail.user}/messages/${found[0]!.id!}/$value`)
      .responseType(ResponseType.TEXT)
      .get()) as string;
    expect(mime).toContain('Message-ID:');
  });

  it('makes, changes, moves and deletes a message', async () => {
    const messages = sdk.api(`/users/${mail.user}/messages`);
    const made = (await messages.post({ subject: 'By the client' })) as Message;
    const one = (id: string | undefined, action = ''): ReturnType<Client['api']> =>
      sdk.api(`/users/${mail.user}/messages/${id!}${action}`);
    expect(await one(made.id).patch({ isRead: false })).toMatchObject({ isRead: false });
    const moved = (await one(made.id, '/move').post({ destinationId: 'archive' })) as Message;
    expect(moved.id).not.toBe(made.id);
    await expect(one(made.id).get()).rejects.toMatchObject({ statusCode: 404, code: 'ErrorItemNotFound' });
    await one(moved.id).delete();
    await expect(one(moved.id).get()).rejects.toMatchObject({ statusCode: 404 });
  });
});
