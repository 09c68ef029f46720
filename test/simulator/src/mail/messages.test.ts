import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DumpEntry } from '../index.js';
import { SHAPE_NAMES } from './content/shape-name.js';
import { type Collection, type Json, MailClient } from './testing/mail-client.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

const SELECT = '$select=id,subject,isDraft,isRead,receivedDateTime,sentDateTime';
let client: MailClient;

// Hundreds of calls over TLS: seconds on a busy machine.
jest.setTimeout(60_000);

beforeAll(async () => {
  client = await MailClient.start(80);
});
afterAll(() => client.close());

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
const error = (status: number, code: string): object => ({ status, body: { error: { code } } });
const messages = async (): Promise<DumpEntry[]> => (await client.dump()).filter(({ kind }) => kind === 'message');

const bytes = (path: string): Promise<Buffer> => client.bytes(path);

describe('reading messages', () => {
  it('gives every message as MIME whose hash the dump knows', async () => {
    const all = await messages();
    expect(all.length).toBeGreaterThanOrEqual(80);
    for (const { id, fields } of all) expect(sha256(await bytes(`/messages/${id}/$value`))).toBe(fields.mimeSha256);
  });

  it('gives every attachment as the dump has it', async () => {
    for (const { id, fields } of await messages()) {
      const expected = fields.attachments as Json[];
      const { entries } = await client.all(`/messages/${id}/attachments`);
      expect(entries.map(({ name, isInline, size }) => ({ name, isInline, size }))).toEqual(
        expected.map(({ name, isInline, size }) => ({ name, isInline, size })),
      );
      for (const [n, { id: attachment, contentBytes }] of entries.entries()) {
        if (typeof contentBytes !== 'string') continue;
        expect(sha256(Buffer.from(contentBytes, 'base64'))).toBe(expected[n]?.sha256);
        expect(sha256(await bytes(`/messages/${id}/attachments/${String(attachment)}/$value`))).toBe(
          expected[n]?.sha256,
        );
      }
    }
  });

  it('shows every kind of mail in a mailbox, a third of it in the inbox', async () => {
    const made = new Map<string, string>();
    for (const shape of SHAPE_NAMES) {
      const { message } = await client.mutate({ op: 'arrive', shape, folder: 'archive', attachmentBytes: 50_000 });
      made.set(String(message), sha256(await bytes(`/messages/${String(message)}/$value`)));
    }
    for (const { id, fields } of await messages()) if (made.has(id)) expect(fields.mimeSha256).toBe(made.get(id));
    for (const message of made.keys()) await client.mutate({ op: 'permanent-delete', message });
    const { totalItemCount } = await client.get('/mailFolders/inbox');
    expect(totalItemCount).toBeGreaterThanOrEqual(80 / 3);
  });

  it('lists newest first, in pages of ten, and counts', async () => {
    const page = await client.get<Collection>('/mailFolders/inbox/messages?$select=receivedDateTime&$count=true');
    expect(page.value).toHaveLength(10);
    expect(page['@odata.count']).toBe(Number((await client.get('/mailFolders/inbox')).totalItemCount));
    const { entries } = await client.all('/mailFolders/inbox/messages?$select=receivedDateTime');
    const received = entries.map(({ receivedDateTime }) => String(receivedDateTime));
    expect(received).toEqual(received.toSorted().reverse());
    expect(received).toHaveLength(page['@odata.count'] ?? 0);
  });

  it('filters and orders, and refuses what it does not know', async () => {
    const unread = await client.all(
      "/messages?$filter=isRead eq false and importance ne 'low'&$select=isRead,importance",
    );
    expect(unread.entries.every(({ isRead }) => isRead === false)).toBe(true);
    expect(await client.call('/messages?$select=nonsense')).toMatchObject(error(400, 'BadRequest'));
    expect(await client.call('/messages?$search="x"')).toMatchObject(error(400, 'BadRequest'));
    const inefficient = '/messages?$filter=isRead eq false&$orderby=receivedDateTime desc';
    expect(await client.call(inefficient)).toMatchObject(error(400, 'InefficientFilter'));
    expect(await client.call('/messages?$top=1001')).toMatchObject(error(400, 'BadRequest'));
  });

  it('refuses an id in another case, and a corrupt item alone', async () => {
    const [first, second] = (await client.get<Collection>('/mailFolders/inbox/messages?$select=id')).value.map(
      ({ id }) => String(id),
    );
    expect(await client.call(`/messages/${first!.toLowerCase()}`)).toMatchObject(error(404, 'ErrorItemNotFound'));
    await client.mutate({ op: 'corrupt', message: first });
    expect(await client.call(`/messages/${first}/$value`)).toMatchObject(error(500, 'ErrorCorruptData'));
    expect((await client.call(`/messages/${second}/$value`)).status).toBe(200);
    const { message: copy } = await client.mutate({ op: 'copy', message: first, folder: 'archive' });
    expect((await client.call(`/messages/${String(copy)}/$value`)).status).toBe(200);
    await client.mutate({ op: 'corrupt', message: first, isCorrupt: false });
  });

  it('translates ids and keeps the immutable one over a move', async () => {
    const { message, messageRestId } = await client.mutate({ op: 'arrive', folder: 'inbox' });
    const translate = (id: unknown): Promise<Json> =>
      client.post('/translateExchangeIds', {
        inputIds: [id],
        sourceIdType: 'restId',
        targetIdType: 'restImmutableEntryId',
      });
    expect(await translate(messageRestId)).toMatchObject({ value: [{ sourceId: messageRestId, targetId: message }] });
    await client.post(`/messages/${String(message)}/move`, { destinationId: 'archive' });
    expect((await client.call(`/messages/${String(message)}?$select=id`)).status).toBe(200);
    expect((await client.call(`/messages/${String(messageRestId)}?$select=id`)).status).toBe(404);
  });

  it('streams an attachment of many megabytes', async () => {
    const { message } = await client.mutate({
      op: 'arrive',
      shape: 'large',
      attachmentBytes: 30_000_000,
      folder: 'archive',
    });
    const content = await bytes(`/messages/${String(message)}/$value`);
    expect(content.length).toBeGreaterThan(40_000_000);
    await client.mutate({ op: 'permanent-delete', message });
  });
});

describe('creating messages', () => {
  const sent = {
    subject: 'Restored',
    body: { contentType: 'html', content: '<p>Grüße</p>' },
    toRecipients: [{ emailAddress: { name: 'Ann', address: 'ann@example.com' } }],
    isRead: true,
    categories: ['Red category'],
    flag: { flagStatus: 'flagged' },
    singleValueExtendedProperties: [
      { id: 'Integer 0x0E07', value: '4' },
      { id: 'SystemTime 0x0039', value: '2020-02-03T04:05:06Z' },
      { id: 'SystemTime 0x0E06', value: '2020-02-03T04:05:07Z' },
      { id: 'String {11111111-2222-3333-4444-555555555555} Name Origin', value: 'v1/42' },
    ],
  };

  it('makes no draft of it and keeps its dates when PidTagMessageFlags is given', async () => {
    const made = await client.post('/mailFolders/inbox/messages', sent);
    expect(made).toMatchObject({
      subject: 'Restored',
      isDraft: false,
      isRead: true,
      sentDateTime: '2020-02-03T04:05:06Z',
      receivedDateTime: '2020-02-03T04:05:07Z',
      categories: ['Red category'],
      flag: { flagStatus: 'flagged' },
    });
    const any =
      "singleValueExtendedProperties/Any(ep: ep/id eq 'String {11111111-2222-3333-4444-555555555555} Name Origin' and ep/value eq 'v1/42')";
    const found = await client.get<Collection>(
      `/mailFolders/inbox/messages?$filter=${encodeURIComponent(any)}&$select=id`,
    );
    expect(found.value).toMatchObject([{ id: made.id }]);
    const expand = "$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x0E07' or id eq 'Long 0x0E08')";
    const shown = await client.get(`/messages/${String(made.id)}?${expand}&$select=id`);
    expect(shown.singleValueExtendedProperties).toEqual([
      { id: 'Integer 0x0E07', value: '1' },
      { id: 'Long 0x0E08', value: expect.stringMatching(/^[1-9]\d+$/) },
    ]);
  });

  it('makes a draft otherwise, which alone may be edited', async () => {
    const draft = await client.post('/messages', { subject: 'Draft' });
    expect(draft).toMatchObject({ isDraft: true, subject: 'Draft' });
    const patch = (id: unknown, json: Json): ReturnType<MailClient['call']> =>
      client.call(`/messages/${String(id)}`, { method: 'PATCH', json });
    expect((await patch(draft.id, { subject: 'Edited' })).body).toMatchObject({ subject: 'Edited' });
    const { id } = await client.post('/mailFolders/inbox/messages', sent);
    expect(await patch(id, { subject: 'Forged' })).toMatchObject(error(403, 'ErrorAccessDenied'));
    const marks = { isRead: false, importance: 'low', categories: [], flag: { flagStatus: 'complete' } };
    expect((await patch(id, marks)).body).toMatchObject(marks);
    expect(await patch(id, { nonsense: 1 })).toMatchObject(error(400, 'RequestBodyRead'));
    const stale = { method: 'PATCH', json: { isRead: true }, headers: { 'if-match': 'W/"stale"' } };
    expect((await client.call(`/messages/${String(id)}`, stale)).status).toBe(412);
  });

  it('takes MIME as a draft of now and gives it back unchanged', async () => {
    const [source] = (await messages()).filter(
      ({ fields }) => (fields.attachments as Json[]).length > 1 && fields.bodyType === 'html',
    );
    const mime = await bytes(`/messages/${source!.id}/$value`);
    const post = (body: string): ReturnType<MailClient['call']> =>
      client.call('/messages', { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
    const { status, body } = await post(mime.toString('base64'));
    expect(status).toBe(201);
    const made = (await messages()).find(({ id }) => id === (body as Json).id)!;
    const said = ['subject', 'bodySha256', 'toRecipients', 'from', 'mimeSha256'];
    for (const name of said) expect(made.fields[name]).toEqual(source!.fields[name]);
    expect((made.fields.attachments as Json[]).map(({ sha256: hash }) => hash)).toEqual(
      (source!.fields.attachments as Json[]).map(({ sha256: hash }) => hash),
    );
    expect(made.fields.isDraft).toBe(true);
    expect(await post('***')).toMatchObject(error(400, 'ErrorMimeContentInvalidBase64String'));
  });

  it('makes an equal message of what the JSON form of any message says', async () => {
    const sources = new Map<string, DumpEntry>();
    for (const entry of await messages()) {
      const source = await client.get(
        `/messages/${entry.id}?$expand=attachments($expand=microsoft.graph.itemattachment/item)`,
      );
      const { '@odata.context': _context, '@odata.etag': _etag, '@odata.type': _type, ...said } = source;
      const plain = Object.fromEntries(Object.entries(said).filter(([name]) => !MEETING.has(name)));
      const attachments = (source.attachments as Json[]).map((attachment) =>
        String(attachment['@odata.type']).includes('reference')
          ? { ...attachment, sourceUrl: 'https://x.example' }
          : attachment,
      );
      const made = await client.post('/mailFolders/archive/messages', { ...plain, attachments });
      sources.set(String(made.id), entry);
    }
    const names = [
      'subject',
      'bodySha256',
      'from',
      'toRecipients',
      'categories',
      'flag',
      'importance',
      'isRead',
      'internetMessageId',
    ];
    for (const { id, fields } of await messages()) {
      const source = sources.get(id);
      if (!source) continue;
      for (const name of names) expect(fields[name]).toEqual(source.fields[name]);
      expect(hashes(fields)).toEqual(hashes(source.fields));
      await client.mutate({ op: 'permanent-delete', message: id });
    }
    expect(sources.size).toBeGreaterThan(80);
  });
});

/** What an eventMessageRequest has beyond a message; such a message cannot be made by a client. */
const MEETING = new Set([
  'meetingMessageType',
  'type',
  'isOutOfDate',
  'isAllDay',
  'isDelegated',
  'startDateTime',
  'endDateTime',
  'location',
]);

/** References apart: Graph does not tell where they point. */
const hashes = (fields: DumpEntry['fields']): unknown[] =>
  (fields.attachments as Json[]).filter(({ kind }) => kind !== 'reference').map(({ sha256: hash }) => hash);

describe('moving and deleting', () => {
  it('deletes to Deleted Items, then out of sight, and permanently at once', async () => {
    const { message } = await client.mutate({ op: 'arrive', folder: 'inbox' });
    const path = `/messages/${String(message)}`;
    const parent = async (): Promise<unknown> => (await client.get(`${path}?$select=parentFolderId`)).parentFolderId;
    expect((await client.call(path, { method: 'DELETE' })).status).toBe(204);
    expect(await parent()).toBe((await client.get('/mailFolders/deleteditems')).id);
    await client.call(path, { method: 'DELETE' });
    expect(await parent()).toBe((await client.get('/mailFolders/recoverableitemsdeletions')).id);
    expect((await client.call(`${path}/permanentDelete`, { method: 'POST' })).status).toBe(204);
    expect((await client.call(path)).status).toBe(404);
  });

  it('copies with an id of its own', async () => {
    const { message } = await client.mutate({ op: 'arrive', folder: 'inbox', shape: 'attached' });
    const copy = await client.post(`/messages/${String(message)}/copy`, { destinationId: 'archive' });
    expect(copy.id).not.toBe(message);
    expect(sha256(await bytes(`/messages/${String(copy.id)}/$value`))).toBe(
      sha256(await bytes(`/messages/${String(message)}/$value`)),
    );
  });
});

describe('attachments', () => {
  it('are added in one request below 3 MB and by session above, without a token', async () => {
    const { id } = await client.post('/messages', { subject: 'With files' });
    const path = `/messages/${String(id)}/attachments`;
    const small = { '@odata.type': '#microsoft.graph.fileAttachment', name: 'a.txt', contentBytes: 'aGVsbG8=' };
    expect(await client.post(path, small)).toMatchObject({ name: 'a.txt', size: 5 });
    const content = Buffer.alloc(5_000_000, 'abc');
    const tooLarge = { ...small, contentBytes: content.toString('base64') };
    expect((await client.call(path, { method: 'POST', json: tooLarge })).status).toBe(413);
    const item = { attachmentType: 'file', name: 'big.bin', size: content.length, contentType: 'application/pdf' };
    const { uploadUrl, nextExpectedRanges } = await client.post(`${path}/createUploadSession`, {
      AttachmentItem: item,
    });
    expect(nextExpectedRanges).toEqual(['0-']);
    const put = (from: number, to: number, token: string | null = null): ReturnType<MailClient['call']> =>
      client.graph.call(String(uploadUrl), {
        method: 'PUT',
        token,
        headers: { 'content-range': `bytes ${from}-${to - 1}/${content.length}` },
        body: content.subarray(from, to),
      });
    expect((await put(0, 100, 'forwarded')).status).toBe(401);
    expect(await put(0, 3_000_000)).toMatchObject({ status: 200, body: { nextExpectedRanges: ['3000000-'] } });
    expect((await put(0, 3_000_000)).status).toBe(416);
    const { status, headers } = await put(3_000_000, content.length);
    expect(status).toBe(201);
    expect(headers.location).toContain('Attachments(');
    const { entries } = await client.all(path);
    expect(entries.map(({ name }) => name)).toEqual(['a.txt', 'big.bin']);
    expect(sha256(Buffer.from(String(entries[1]?.contentBytes), 'base64'))).toBe(sha256(content));
    const size = (await client.get(`/messages/${String(id)}?${SELECT},hasAttachments`)).hasAttachments;
    expect(size).toBe(true);
  });
});

describe('folders', () => {
  it('are known by id and by name, hidden ones when asked for', async () => {
    const { value } = await client.get<Collection>('/mailFolders?$top=100');
    expect(value.some(({ isHidden }) => isHidden === true)).toBe(false);
    expect(value.some((folder) => folder['@odata.type'] === '#microsoft.graph.mailSearchFolder')).toBe(true);
    const all = await client.get<Collection>('/mailFolders?$top=100&includeHiddenFolders=true');
    expect(all.value.length).toBeGreaterThan(value.length);
    const inbox = await client.get('/mailFolders/Inbox');
    expect(value).toContainEqual(expect.objectContaining({ id: inbox.id }));
    expect(await client.call('/mailFolders/nowhere')).toMatchObject(error(404, 'ErrorItemNotFound'));
  });

  it('of Outlook that search stand beside the top one, where folder delta does not see them', async () => {
    const search = { '@odata.type': 'microsoft.graph.mailSearchFolder', filterQuery: 'isRead eq false' };
    const json = { ...search, displayName: 'Shown', sourceFolderIds: ['inbox'] };
    const made = await client.post('/mailFolders/searchfolders/childFolders', json);
    const { value } = await client.get<Collection>('/mailFolders/searchfolders/childFolders?$top=100');
    expect(value).toContainEqual(expect.objectContaining({ id: made.id, filterQuery: 'isRead eq false' }));
    const all = () => client.all('/mailFolders/delta?includeHiddenFolders=true');
    const { entries, deltaLink } = await all();
    expect(entries.map(({ id }) => id)).not.toContain(made.id);
    await client.call(`/mailFolders/${String(made.id)}`, { method: 'DELETE' });
    expect((await client.all(deltaLink)).entries.map(({ id }) => id)).not.toContain(made.id);
  });

  it('are made once, renamed, and deleted to Deleted Items', async () => {
    const made = await client.post('/mailFolders/inbox/childFolders', { displayName: 'Once' });
    const again = await client.call('/mailFolders/inbox/childFolders', {
      method: 'POST',
      json: { displayName: 'Once' },
    });
    expect(again).toMatchObject(error(409, 'ErrorFolderExists'));
    const path = `/mailFolders/${String(made.id)}`;
    expect((await client.call(path, { method: 'PATCH', json: { displayName: 'Twice' } })).body).toMatchObject({
      displayName: 'Twice',
    });
    expect((await client.call(path, { method: 'DELETE' })).status).toBe(204);
    expect((await client.get(path)).parentFolderId).toBe((await client.get('/mailFolders/deleteditems')).id);
    expect((await client.call('/mailFolders/inbox', { method: 'DELETE' })).status).toBe(400);
  });

  it('hold in a search folder what its filter finds', async () => {
    const search = (await client.get<Collection>('/mailFolders?$top=100')).value.find(
      (folder) => folder['@odata.type'] !== undefined,
    )!;
    const { entries } = await client.all(`/mailFolders/${String(search.id)}/messages?$select=isRead`);
    expect(entries).toHaveLength(Number(search.totalItemCount));
    expect(entries.every(({ isRead }) => isRead === false)).toBe(true);
    expect((await client.call(`/mailFolders/${String(search.id)}/messages/delta`)).status).toBe(400);
  });
});
