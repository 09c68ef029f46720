import { describe, expect, it } from '@jest/globals';
import { Gathered } from './gathered.js';

/** Turns that end when the test says so. */
function turns() {
  const taken: (readonly string[])[] = [];
  const ends: PromiseWithResolvers<undefined>[] = [];
  const gathered = new Gathered<string>((items) => {
    taken.push(items);
    const end = Promise.withResolvers<undefined>();
    ends.push(end);
    return end.promise;
  });
  return { taken, ends, gathered };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('Gathered', () => {
  it('begins at once, and takes together what is asked for meanwhile, in its order', async () => {
    const { taken, ends, gathered } = turns();
    const runs = ['a', 'b', 'c'].map((item) => gathered.run('key', item));
    expect(taken).toEqual([['a']]);
    ends[0]?.resolve(undefined);
    await runs[0];
    await settled();
    expect(taken).toEqual([['a'], ['b', 'c']]);
    ends[1]?.resolve(undefined);
    await Promise.all(runs);
    const last = gathered.run('key', 'd');
    expect(taken.at(-1)).toEqual(['d']);
    ends[2]?.resolve(undefined);
    await last;
  });

  it('keeps keys apart', async () => {
    const { taken, ends, gathered } = turns();
    const runs = [gathered.run('one', 'a'), gathered.run('other', 'b')];
    expect(taken).toEqual([['a'], ['b']]);
    for (const { resolve } of ends) resolve(undefined);
    await Promise.all(runs);
  });

  it('fails those of a turn that failed and goes on with the next', async () => {
    const { taken, ends, gathered } = turns();
    const [first, second, third] = ['a', 'b', 'c'].map((item) => gathered.run('key', item));
    ends[0]?.resolve(undefined);
    await first;
    await settled();
    const failed = Promise.allSettled([second, third]);
    const fourth = gathered.run('key', 'd');
    ends[1]?.reject(new Error('no answer'));
    expect(await failed).toMatchObject([{ reason: { message: 'no answer' } }, { reason: { message: 'no answer' } }]);
    await settled();
    expect(taken.at(-1)).toEqual(['d']);
    ends[2]?.resolve(undefined);
    await fourth;
  });

  it('refuses whoever would wait behind a thousand others, as what comes back, and loses none of those who wait', async () => {
    const { taken, ends, gathered } = turns();
    const runs = Array.from({ length: 1_001 }, (_, at) => gathered.run('key', `${at}`));
    await expect(gathered.run('key', 'late')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retry: 'later' });
    const other = gathered.run('other', 'of another key');
    ends[1]?.resolve(undefined);
    await other;
    ends[0]?.resolve(undefined);
    await settled();
    const next = gathered.run('key', 'next');
    for (let turn = 2; turn < ends.length; turn += 1) {
      ends[turn]?.resolve(undefined);
      await settled();
    }
    await Promise.all([...runs, next]);
    expect(taken.flat()).toEqual([
      '0',
      'of another key',
      ...Array.from({ length: 1_000 }, (_, at) => `${at + 1}`),
      'next',
    ]);
  });

  it('refuses whoever would be one more than five thousand of all keys, until one of them has its answer', async () => {
    const { ends, gathered } = turns();
    const runs = Array.from({ length: 5_000 }, (_, at) => gathered.run(`${at % 50}`, `${at}`));
    const late = () => gathered.run('of its own', 'late');
    await expect(late()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    ends[0]?.reject(new Error('no answer'));
    await expect(runs[0]).rejects.toThrow('no answer');
    const after = late();
    for (let turn = 1; turn < ends.length; turn += 1) {
      ends[turn]?.resolve(undefined);
      await settled();
    }
    await Promise.all([...runs.slice(1), after]);
  });

  it('takes no more than a hundred together', async () => {
    const { taken, ends, gathered } = turns();
    const runs = Array.from({ length: 151 }, (_, at) => gathered.run('key', `${at}`));
    for (let turn = 0; turn < 3; turn += 1) {
      ends[turn]?.resolve(undefined);
      await settled();
    }
    await Promise.all(runs);
    expect(taken.map(({ length }) => length)).toEqual([1, 100, 50]);
  });
});
