import { expect, it } from '@jest/globals';
import type { BackupSetId } from '@holdfast/kernel';
import type { SetNote } from '@holdfast/vault';
import type { DamagedCopies } from './damaged-copies.js';
import type { HistoryKeeper } from './history-keeper.port.js';
import type { NewObjects } from './new-objects.js';
import type { ObjectPlaces } from './object-places.port.js';
import { RebuildHistory } from './rebuild-history.js';
import { nothingTaken, type RebuildScene } from './rebuild-scene.js';

it('counts the sets that it gives back before it goes on, so that whoever takes up from there counts each once', async () => {
  const there = new Set<BackupSetId>();
  const keeper = {
    takeBackSets: async (_: unknown, sets: readonly { readonly backupSetId: BackupSetId }[]) => {
      const fresh = sets.filter(({ backupSetId }) => !there.has(backupSetId));
      for (const { backupSetId } of fresh) there.add(backupSetId);
      return fresh.length;
    },
  } as unknown as HistoryKeeper;
  const history = new RebuildHistory(
    undefined as unknown as NewObjects,
    undefined as unknown as ObjectPlaces,
    keeper,
    undefined as unknown as DamagedCopies,
  );
  const taken = nothingTaken();
  const saved: number[] = [];
  const save = async () => {
    saved.push(taken.setsTaken);
    if (saved.length === 2) throw new Error('The process ends here.');
  };
  const from = { held: { grant: 'a grant' }, taken, save } as unknown as RebuildScene;
  const note = (set: string, definition?: unknown) => ({ note: { set, version: 1, definition } as SetNote, from });
  const found = [note('one', {}), note('deleted'), note('two', {}), note('three', {})];
  await expect(history.giveBackSets(found)).rejects.toThrow('The process ends here.');
  await history.giveBackSets(found);
  expect(saved).toEqual([1, 2, 3]);
});
