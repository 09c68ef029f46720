import { describe, expect, it } from '@jest/globals';
import { copyLikenessOf, likenessOf } from './likeness.js';

const message = {
  kind: 'message' as const,
  name: 'Hello',
  bytes: 0,
  contentTag: 'c1',
  properties: { isRead: true, flag: { flagStatus: 'flagged', dueDateTime: { timeZone: 'UTC', dateTime: 'x' } } },
};

describe('likenessOf', () => {
  it('minds neither the order of keys nor what a restore does not give', () => {
    const flag = { dueDateTime: { dateTime: 'x', timeZone: 'UTC' }, flagStatus: 'flagged' };
    const same = { ...message, properties: { flag, isRead: true, conversationId: 'other' } };
    expect(likenessOf(same)).toBe(likenessOf(message));
  });

  it('tells other content and other state apart', () => {
    expect(likenessOf({ ...message, contentTag: 'c2' })).not.toBe(likenessOf(message));
    expect(likenessOf({ ...message, properties: { ...message.properties, isRead: false } })).not.toBe(
      likenessOf(message),
    );
  });

  it('knows a draft by its tag, and the copy of one by what it says', () => {
    const draft = { ...message, contentTag: 'draft:1', properties: { ...message.properties, isDraft: true } };
    const copy = { ...draft, contentTag: 'draft:2' };
    expect(likenessOf(copy)).not.toBe(likenessOf(draft));
    expect(copyLikenessOf(copy, 'body')).toBe(copyLikenessOf(draft, 'body'));
    expect(copyLikenessOf(copy, 'other')).not.toBe(copyLikenessOf(draft, 'body'));
    expect(copyLikenessOf({ ...message, contentTag: 'c2' }, 'any')).not.toBe(copyLikenessOf(message, 'any'));
  });

  it('misses attachments that went, but not on a copy: it may never have had its links to files in the cloud', () => {
    const attached = { ...message, properties: { ...message.properties, hasAttachments: true } };
    expect(likenessOf(attached)).not.toBe(likenessOf(message));
    expect(copyLikenessOf(attached, 'any')).toBe(copyLikenessOf(message, 'any'));
  });

  it('takes the description of a file', () => {
    const file = { ...message, kind: 'file' as const };
    const described = { ...file, properties: { ...file.properties, description: 'Hers' } };
    expect(likenessOf(described)).not.toBe(likenessOf(file));
  });

  it('takes the name of a file, and the subject of a message only by its content', () => {
    expect(likenessOf({ ...message, name: 'Other' })).toBe(likenessOf(message));
    const file = { ...message, kind: 'file' as const };
    expect(likenessOf({ ...file, name: 'Other' })).not.toBe(likenessOf(file));
  });
});
