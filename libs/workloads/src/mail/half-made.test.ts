import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { MailWriter } from './mail-writer.js';
import { MailWorld, messagesIn, never } from './testing/mail-world.suite.js';

jest.setTimeout(60_000);
let world: MailWorld;
beforeAll(async () => {
  world = await MailWorld.start();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

it('removes what a lost try left half made, and out of sight', async () => {
  await world.mutate({ op: 'arrive', shape: 'large', attachmentBytes: 3_500_000 });
  await world.read();
  const large = [...world.copy.kept.keys()].find((id) => world.copy.kept.get(id)!.mime.length > 4_000_000)!;
  const messageId = world.copy.kept.get(large)!.record.properties['internetMessageId'];
  const writer = new MailWriter(world.client, world.userId);
  const item = world.restoreItem(large, await writer.ensureFolder([{ name: 'Restored' }], never));
  await world.control('POST', '/faults', { fault: '503', match: { path: 'createUploadSession' } });
  await expect(writer.create(item, never)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
  await world.control('DELETE', '/faults');
  // As performStep does it after a crash.
  expect(await writer.findRestored(item, never)).toBeUndefined();
  await writer.create(item, never);
  const there = messagesIn(await world.dump()).filter(({ fields }) => fields['internetMessageId'] === messageId);
  expect(there.map(({ fields }) => (fields['folder'] as string[]).at(-1)).sort()).toEqual(['Inbox', 'Restored']);
});
