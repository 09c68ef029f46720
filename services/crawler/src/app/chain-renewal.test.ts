import type { PackName } from '@holdfast/kernel';
import { openSnapshot } from '@holdfast/vault';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChainInMemory, Crash, file, ROOT } from './chain-in-memory.suite.js';

const PACKS = ['11'.repeat(32), '22'.repeat(32)] as PackName[];
let chain: ChainInMemory;

/** Five states, of which the newest names packs. */
async function filled(): Promise<ChainInMemory> {
  const made = new ChainInMemory();
  await made.job({ root: ROOT, keep: file('root', 'keep') }, PACKS);
  for (const id of ['a', 'b', 'c']) await made.job({ [id]: file('root', id) });
  await made.job({ late: file('root', 'late') }, PACKS);
  return made;
}

beforeEach(async () => {
  chain = await filled();
});

describe('ChainRenewal', () => {
  it('states the newest snapshot anew as it was, without its packs, and takes the one before out of sight', async () => {
    const before = await chain.seen();
    const newest = chain.stored[4]!;
    expect(await chain.renew()).toEqual({ items: 0, snapshots: 1 });
    expect(await chain.seen()).toEqual(before);
    const [was, is] = [newest, chain.stored[5]!].map(({ sealed }) => openSnapshot(sealed, chain.access().keys));
    expect(is!.body).toEqual(was!.body);
    expect(is!.header).toMatchObject({ job: was!.header.job, number: 6, parent: newest.id, newPacks: [], epoch: 9 });
    expect([newest.isReplaced, chain.stored.length]).toEqual([true, 6]);
  });

  it('does nothing where the newest names no packs, or there is none', async () => {
    await chain.renew();
    await chain.renew();
    expect([chain.stored.length, chain.visible().length]).toEqual([6, 5]);
    expect(await new ChainInMemory().renew()).toEqual({ items: 0, snapshots: 0 });
  });

  it('follows the head of the chain where retention has let that go', async () => {
    chain.stored[4]!.isReplaced = true;
    const before = await chain.seen();
    const packs = openSnapshot(chain.stored[3]!.sealed, chain.access().keys).header.newPacks;
    expect(packs).toEqual([]);
    await chain.renew();
    expect([await chain.seen(), chain.stored.length]).toEqual([before, 5]);
    chain.stored[3]!.isReplaced = chain.stored[2]!.isReplaced = chain.stored[1]!.isReplaced = true;
    await chain.renew();
    const made = chain.stored[5]!;
    expect(openSnapshot(made.sealed, chain.access().keys).header.parent).toBe(chain.stored[4]!.id);
    expect(chain.visible()).toEqual([made]);
  });

  it('keeps the one before where retention lets go of what is made anew meanwhile', async () => {
    const before = await chain.seen();
    chain.onCommit = (stored) => {
      stored.isReplaced = true;
    };
    await expect(chain.renew()).rejects.toThrow('seen no more');
    chain.onCommit = () => undefined;
    expect(await chain.seen()).toEqual(before);
    await chain.renew();
    expect(await chain.seen()).toEqual(before);
  });

  it('ends the same when it breaks off at any I/O and is begun again', async () => {
    const before = await chain.seen();
    for (let crashAt = 1, isDone = false; !isDone; crashAt += 1) {
      chain = await filled();
      chain.crashAt = crashAt;
      isDone = await chain.renew().then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(Crash);
          return false;
        },
      );
      chain.crashAt = Infinity;
      await chain.renew();
      expect(await chain.seen()).toEqual(before);
    }
  });
});
