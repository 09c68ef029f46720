import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { ItemRecord, SnapshotDraft } from '@holdfast/vault';
import { DRIVE_SKIP_CAUSES } from '@holdfast/workloads';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  EXCEPTION_OUTCOMES,
  type ExceptionOutcome,
  type ItemException,
  ListExceptions,
} from './app/list-exceptions.js';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let resourceId: ResourceId;
let snapshotId: SnapshotId;
let top: string;

const named = (kind: ItemRecord['kind'], name: string, parentId: string): ItemRecord => ({
  kind,
  name,
  parentId,
  bytes: 1,
  properties: {},
});

/** What a task would tell of a drive with one of each kind, and of two things that came right before it ended. */
async function oneOfEach(draft: SnapshotDraft): Promise<void> {
  const owed = { kind: 'file', code: 'GRAPH_DENIED', attempts: 2, since: 1_000 } as const;
  await draft.put('folder', named('drive-folder', 'Plans', top));
  await draft.put('virus', { ...named('file', 'a.exe', 'folder'), leftOut: { as: 'skipped', cause: 'malware' } });
  await draft.put('rule', { ...named('file', 'b.tmp', 'folder'), leftOut: { as: 'excluded', cause: 'later' } });
  await draft.put('back', named('file', 'c.txt', 'folder'));
  draft.owe('never-stored', { ...owed, parentId: 'folder' });
  const row = { at: 2_000, code: 'C', reason: 'R' };
  await draft.log({ ...row, about: 'owed', itemId: 'back' });
  await draft.log({ ...row, about: 'vanished', itemId: 'back', path: 'c.txt' });
  await draft.log({ ...row, about: 'vanished', itemId: 'gone', path: 'd.txt' });
  await draft.log({ ...row, about: 'unexplained', itemId: 'folder', counts: { atSource: 9, inSnapshot: 3 } });
}

beforeAll(async () => {
  world = await RestoreWorld.start();
  const [owner = ''] = await world.users('drive');
  resourceId = resourceIdOf('drive', owner);
  top = (await world.dump(owner, 'drive')).find(({ kind }) => kind === 'drive-root')?.id ?? 'root';
  snapshotId = await world.vault.save(resourceId, world.access(resourceId), oneOfEach);
});
afterAll(() => world.close());

async function all(outcomes: readonly ExceptionOutcome[], size = 500): Promise<ItemException[]> {
  const place = { vaultId: world.vault.id, resourceId, snapshotId, actor: 'tester' };
  const list = new ListExceptions(world.vaults);
  const rows: ItemException[] = [];
  for (let token = '', isFirst = true; isFirst || token !== ''; isFirst = false) {
    const page = await list.run(world.tenant, place, new Set(outcomes), { size, token });
    expect(page.rows.length).toBeLessThanOrEqual(size);
    rows.push(...page.rows);
    token = page.next;
  }
  // The simulator may have drawn files with malware of its own.
  return rows.filter(({ itemId }) => ['never-stored', 'back', 'gone', 'folder', 'virus', 'rule'].includes(itemId));
}

describe('the exceptions of a snapshot', () => {
  it('are named with where they lie and why, as the snapshot has them at its end', async () => {
    const rows = await all(EXCEPTION_OUTCOMES);
    const shown = rows.map(({ outcome, path, code }) => `${outcome} ${path.join('/')} ${code}`);
    expect(shown.slice(0, 3)).toEqual(['owed Plans GRAPH_DENIED', 'vanished d.txt C', 'unexplained Plans C']);
    expect(shown.slice(3).sort()).toEqual(['excluded Plans/b.tmp later', 'skipped Plans/a.exe malware']);
    const of = (outcome: ExceptionOutcome) => rows.find((row) => row.outcome === outcome);
    expect(of('owed')).toMatchObject({ kind: 'file', attempts: 2, atMs: 1_000 });
    expect(of('owed')?.reason).not.toBe('');
    expect(of('unexplained')).toMatchObject({ counts: { atSource: 9, inSnapshot: 3 } });
    expect(of('skipped')?.reason).toBe(DRIVE_SKIP_CAUSES.malware.because);
  });

  it('come in the same order in pages of one, each once', async () => {
    expect(await all(EXCEPTION_OUTCOMES, 1)).toEqual(await all(EXCEPTION_OUTCOMES));
  });

  it.each(EXCEPTION_OUTCOMES)('of one kind are all of it and nothing else: %s', async (outcome) => {
    const wanted = (await all(EXCEPTION_OUTCOMES)).filter((row) => row.outcome === outcome);
    expect(await all([outcome])).toEqual(wanted);
    expect(wanted).toHaveLength(1);
  });
});
