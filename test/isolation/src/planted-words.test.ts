import { describe, expect, it } from '@jest/globals';
import { plantedIn } from './planted-words.js';

const text = 'Qplant "é" subject/+ of a letter';
const planted = [
  { what: 'subject', text },
  { what: 'other', text: 'something that is nowhere' },
];
const found = (bytes: Uint8Array) => plantedIn(bytes, planted);

describe('plantedIn', () => {
  it.each([
    ['as it is', Buffer.from(`a${text}b`)],
    ['in JSON', Buffer.from(JSON.stringify({ text }))],
    ['in JSON in JSON', Buffer.from(JSON.stringify({ inner: JSON.stringify({ text }) }))],
    ['in a URL', Buffer.from(`?q=${encodeURIComponent(text)}`)],
    ['in hexadecimal', Buffer.from(Buffer.from(`x${text}`).toString('hex'))],
    ['in UTF-16', Buffer.from(`x${text}`, 'utf16le')],
    ['in small letters', Buffer.from(text.toLowerCase())],
  ])('finds a text %s', (_, bytes) => {
    expect(found(bytes)).toEqual(['subject']);
  });

  it.each(['', 'a', 'ab', 'abc', 'Authorization: '])('finds a text in base64 after %j', (before) => {
    for (const encoding of ['base64', 'base64url'] as const)
      expect(found(Buffer.from(`.${Buffer.from(`${before}${text}, end`).toString(encoding)}.`))).toEqual(['subject']);
  });

  it('finds nothing where nothing is', () => {
    expect(found(Buffer.from('Qplant "e" subject'))).toEqual([]);
  });
});
