import { isAppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { ChainInMemory, Crash, file, folder, ROOT } from './chain-in-memory.suite.js';

/** Five states: `f` with `g` in it comes second, `b` moves out of it, `c` vanishes. */
async function filled(): Promise<ChainInMemory> {
  const chain = new ChainInMemory();
  await chain.job({ root: ROOT, keep: file('root', 'keep') });
  await chain.job({ f: folder('root'), g: folder('f'), a: file('f'), b: file('g', 'b'), c: file('g') });
  await chain.job({ b: file('root', 'b') });
  await chain.job({ c: undefined });
  await chain.job({ late: file('root', 'late') });
  return chain;
}

const DELETED = 'deleted-on-request';
const gone = { f: DELETED, g: DELETED, a: DELETED };
const same = { root: 'root', keep: 'keep' };
const AFTER = [
  { jobStartedAt: 1, items: same, isClean: true },
  { jobStartedAt: 2, items: { ...same, ...gone, b: DELETED, c: DELETED }, isClean: true },
  { jobStartedAt: 3, items: { ...same, ...gone, b: 'b', c: DELETED }, isClean: true },
  { jobStartedAt: 4, items: { ...same, ...gone, b: 'b' }, isClean: true },
  { jobStartedAt: 5, items: { ...same, ...gone, b: 'b', late: 'late' }, isClean: true },
];

/** Whether it ended well; else it broke off at this I/O. */
async function rewriteUntil(chain: ChainInMemory, crashAt: number): Promise<boolean> {
  chain.crashAt = crashAt;
  try {
    await chain.rewrite('f', 'c');
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  } finally {
    chain.crashAt = Infinity;
  }
}

const isRefused = (error: unknown): boolean => {
  if (isAppError(error, 'DEPENDENCY_UNAVAILABLE')) return true;
  throw error;
};

describe('ChainRewriting', () => {
  it('takes a folder with everything below from every state, and leaves the others as they are', async () => {
    const chain = await filled();
    const first = chain.stored[0];
    expect(await chain.rewrite('f', 'c')).toEqual({ items: 5, snapshots: 4 });
    expect(await chain.seen()).toEqual(AFTER);
    expect(chain.visible()[0]).toBe(first);
    expect(await chain.rewrite('f', 'c')).toEqual({ items: 0, snapshots: 0 });
    expect(chain.stored).toHaveLength(9);
  });

  it('changes nothing where nothing fits, and leaves the top of a drive', async () => {
    const chain = await filled();
    expect(await chain.rewrite('nothing')).toEqual({ items: 0, snapshots: 0 });
    expect(chain.visible()).toHaveLength(5);
    await chain.rewrite('root');
    for (const { items } of await chain.seen())
      for (const [id, cause] of Object.entries(items)) expect(cause).toBe(id === 'root' ? 'root' : DELETED);
  });

  it('replaces nothing under a legal hold', async () => {
    const chain = await filled();
    chain.isHeld = true;
    await expect(chain.rewrite('f')).rejects.toThrow('legal hold');
    expect(chain.stored).toHaveLength(5);
  });

  it('keeps what it had before where retention lets go of what is made anew meanwhile', async () => {
    const chain = await filled();
    chain.onCommit = (stored) => {
      if (stored.number === 7) stored.isReplaced = true;
    };
    await expect(chain.rewrite('f', 'c')).rejects.toThrow('seen no more');
    chain.onCommit = () => undefined;
    await chain.rewrite('f', 'c');
    expect(await chain.seen()).toEqual(AFTER);
  });

  it('ends the same when it breaks off at any I/O and is begun again', async () => {
    for (let crashAt = 1, isDone = false; !isDone; crashAt += 1) {
      const chain = await filled();
      isDone = await rewriteUntil(chain, crashAt);
      await chain.rewrite('f', 'c');
      expect(await chain.seen()).toEqual(AFTER);
      if (isDone) expect(crashAt).toBeGreaterThan(40);
    }
  });

  it('loses no state where retention runs at any I/O, it breaks off there, and is begun again', async () => {
    for (let at = 1, isDone = false; !isDone; at += 1) {
      const chain = await filled();
      isDone = await rewriteUntil(chain, at);
      chain.retain({ jobs: 4 });
      await chain.rewrite('f', 'c');
      expect(await chain.seen()).toEqual(AFTER.slice(1));
    }
  });

  it('loses no state where retention runs beside it at any I/O', async () => {
    for (let at = 1, isDone = false; !isDone; at += 1) {
      const chain = await filled();
      isDone = true;
      chain.onIo = (io) => {
        if (io !== at) return;
        isDone = false;
        chain.retain({ jobs: 3 });
      };
      while (await chain.rewrite('f', 'c').then(() => false, isRefused));
      chain.onIo = () => undefined;
      chain.retain({ jobs: 3 });
      expect(await chain.seen()).toEqual(AFTER.slice(2));
    }
  });
});
