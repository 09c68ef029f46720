import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { ByteRoom } from './byte-room.js';

describe('ByteRoom', () => {
  it('holds no more bytes at once than it has room for, in the order of asking', async () => {
    const room = new ByteRoom(10);
    const ends: (() => void)[] = [];
    const inside: string[] = [];
    const work = (name: string, bytes: number) =>
      room.run(bytes, async () => {
        inside.push(name);
        await new Promise<void>((end) => ends.push(end));
        inside.splice(inside.indexOf(name), 1);
      });
    const all = [work('six', 6), work('four', 4), work('huge', 1_000), work('one', 1)];
    await setImmediate();
    expect(inside).toEqual(['six', 'four']);
    ends.shift()?.();
    ends.shift()?.();
    await setImmediate();
    expect(inside).toEqual(['huge']);
    ends.shift()?.();
    await setImmediate();
    expect(inside).toEqual(['one']);
    ends.shift()?.();
    await Promise.all(all);
  });

  it('has its room back when the work fails', async () => {
    const room = new ByteRoom(1);
    await expect(room.run(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(room.run(1, async () => 'yes')).resolves.toBe('yes');
  });
});
