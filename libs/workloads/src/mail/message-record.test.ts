import { describe, expect, it } from '@jest/globals';
import { hasSameContent, messageRecord } from './message-record.js';
import { type GraphMessage, messageSchema } from './message-schema.js';
import { ORIGIN_PROPERTY, originValue } from './origin-property.js';

const message = (more: object = {}): GraphMessage =>
  messageSchema.parse({
    '@odata.type': '#microsoft.graph.message',
    '@odata.etag': 'W/"1"',
    id: 'AAMk1',
    changeKey: 'CQ1',
    parentFolderId: 'inbox1',
    subject: 'Budget',
    body: { contentType: 'html', content: '<p>Grüße</p>' },
    createdDateTime: '2026-01-05T10:00:01Z',
    receivedDateTime: '2026-01-05T10:00:00Z',
    lastModifiedDateTime: '2026-01-05T10:00:02Z',
    internetMessageId: '<1@example.com>',
    toRecipients: [{ emailAddress: { name: 'Li', address: 'li@example.com' } }],
    flag: { flagStatus: 'notFlagged' },
    categories: [],
    isRead: false,
    isDraft: false,
    ...more,
  });
const tag = (more: object) => messageRecord(message(more)).contentTag;

describe('messageRecord', () => {
  it('keeps the fields as the service gave them, and the body beside the MIME', () => {
    const record = messageRecord(message());
    expect(record).toMatchObject({
      kind: 'message',
      parentId: 'inbox1',
      name: 'Budget',
      changeTag: 'CQ1',
      contentForm: 'mime',
    });
    expect(record.sortAt).toBe(Date.UTC(2026, 0, 5, 10));
    expect(record.properties).toMatchObject({ bodyType: 'html', isRead: false, flag: { flagStatus: 'notFlagged' } });
    expect(record.inlineExtras).toEqual({ body: '<p>Grüße</p>' });
  });

  it.each([
    { isRead: true },
    { categories: ['Red category'] },
    { flag: { flagStatus: 'flagged' } },
    { importance: 'high' },
    { parentFolderId: 'archive1' },
  ])('does not take %j for new content', (change) => {
    expect(tag({ ...change, changeKey: 'CQ2', lastModifiedDateTime: '2026-02-01T00:00:00Z' })).toBe(tag({}));
  });

  it.each([
    { subject: 'Budget 2' },
    { body: { contentType: 'html', content: '<p>Grüsse</p>' } },
    { toRecipients: [] },
    { isDraft: true },
  ])('takes %j for new content', (change) => {
    expect(tag(change)).not.toBe(tag({}));
  });

  it('takes the first attachment, and the last that goes, for new content', () => {
    const content = { bytes: 0, form: 'mime', sha256: new Uint8Array(32), chunks: [], depth: 0 } as const;
    const stored = { ...messageRecord(message({ hasAttachments: true })), content };
    expect(hasSameContent(stored, messageRecord(message({ hasAttachments: true })))).toBe(true);
    expect(hasSameContent(stored, messageRecord(message({ hasAttachments: false, isRead: true })))).toBe(false);
  });

  it('takes every change of a draft for new content', () => {
    expect(tag({ isDraft: true, changeKey: 'CQ2' })).not.toBe(tag({ isDraft: true }));
  });

  it('keeps the size in the store, however its property is spelled', () => {
    const sized = (id: string, value: string) => message({ singleValueExtendedProperties: [{ id, value }] });
    expect(messageRecord(sized('Long 0xe08', '4711')).properties['size']).toBe(4711);
    expect(messageRecord(sized('Long 0x0E08', 'much')).properties).not.toHaveProperty('size');
  });

  it('finds the item that a restored message was made from', () => {
    const vault = '00000000-0000-4000-8000-000000000000' as Parameters<typeof originValue>[0]['vault'];
    const value = originValue({ vault, itemId: 'AAMk.old=', state: 's' });
    const restored = message({ singleValueExtendedProperties: [{ id: ORIGIN_PROPERTY, value }] });
    expect(messageRecord(restored).origin).toBe('AAMk.old=');
    expect(messageRecord(message()).origin).toBeUndefined();
  });
});
