import { expect, it } from '@jest/globals';
import { ReturnedMessages } from './returned-messages.js';

const returnedAfter = (...changes: readonly { readonly op: string; readonly message?: string }[]) => {
  const messages = new ReturnedMessages();
  for (const change of changes) messages.note({ userId: 'ann', ...change });
  return [...messages.all];
};

it('knows what went and came back at once, and what was moved more than once', () => {
  const [away, again] = [
    { op: 'move', message: 'a' },
    { op: 'move', message: 'b' },
  ];
  expect(returnedAfter(away, again)).toEqual([]);
  expect(returnedAfter(away, again, away)).toEqual(['ann/a']);
  expect(returnedAfter({ op: 'move-and-return', message: 'c' })).toEqual(['ann/c']);
  expect(returnedAfter({ op: 'read', message: 'a' }, away, { op: 'rename-folder' })).toEqual([]);
});
