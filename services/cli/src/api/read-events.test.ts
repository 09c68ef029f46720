import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEvents } from './read-events.js';

async function* cut(text: string, sizes: readonly number[]) {
  const bytes = Buffer.from(text);
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const to = from + (sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(from, to);
    from = to;
  }
}

describe('readEvents', () => {
  it('finds the same events however the stream is cut', async () => {
    const events = fc.array(fc.record({ event: fc.constantFrom('activity', 'end'), data: fc.json() }));
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(events, sizes, async (sent, pieces) => {
        const text = sent.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n: still here\n\n`).join('');
        expect(await Array.fromAsync(readEvents(cut(text, pieces)))).toEqual(sent);
      }),
    );
  });
});
