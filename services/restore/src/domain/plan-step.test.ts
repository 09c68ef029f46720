import { describe, expect, it } from '@jest/globals';
import { CONFLICT_POLICIES, type LiveCandidate, planStep, type SavedItem } from './plan-step.js';

const saved: SavedItem = { itemId: 'a', targetFolderId: 'inbox', likeness: 'as saved', copyLikeness: 'copied' };
const live = (over: Partial<LiveCandidate> = {}): LiveCandidate => ({
  id: 'a',
  parentId: 'inbox',
  likeness: 'as saved',
  changeTag: '1',
  origin: undefined,
  hasSameName: false,
  ...over,
});

describe('planStep', () => {
  it.each(CONFLICT_POLICIES)('creates what is missing, whatever the policy (%s)', (policy) => {
    expect(planStep(saved, [], policy)).toEqual({ do: 'create' });
  });

  it.each(CONFLICT_POLICIES)('leaves what is as it was alone, whatever the policy (%s)', (policy) => {
    expect(planStep(saved, [live()], policy)).toMatchObject({ do: 'unchanged' });
  });

  it('writes nothing over the very version that was saved, though the service tells other fields of it by now', () => {
    const late = live({ likeness: 'with a hash' });
    expect(planStep({ ...saved, changeTag: '1' }, [late], 'overwrite')).toMatchObject({ do: 'unchanged' });
    expect(planStep({ ...saved, changeTag: '0' }, [late], 'overwrite')).toMatchObject({ do: 'overwrite' });
    const moved = live({ parentId: 'junk' });
    expect(planStep({ ...saved, changeTag: '1' }, [moved], 'overwrite')).toMatchObject({ do: 'overwrite' });
  });

  it('lets the policy decide about what was changed or moved', () => {
    for (const changed of [live({ likeness: 'edited' }), live({ parentId: 'junk' })]) {
      expect(planStep(saved, [changed], 'skip')).toEqual({ do: 'skip', live: changed, cause: 'exists' });
      expect(planStep(saved, [changed], 'overwrite')).toEqual({ do: 'overwrite', live: changed });
      expect(planStep(saved, [changed], 'keep-both')).toEqual({ do: 'keep-both', live: changed });
    }
  });

  it('finds what an earlier restore made, so that a second one adds nothing', () => {
    const copy = live({ id: 'b', origin: 'a', likeness: 'copied' });
    for (const policy of CONFLICT_POLICIES) expect(planStep(saved, [copy], policy)).toMatchObject({ do: 'unchanged' });
    expect(planStep(saved, [live({ likeness: 'edited' }), copy], 'keep-both')).toMatchObject({ do: 'unchanged' });
    expect(planStep(saved, [live({ likeness: 'edited' }), copy], 'overwrite')).toMatchObject({
      do: 'overwrite',
      live: { id: 'a' },
    });
  });

  it('takes who stands in the place before the item itself', () => {
    const occupant = live({ id: 'c', hasSameName: true, likeness: 'other' });
    const moved = live({ parentId: 'elsewhere', likeness: 'edited' });
    expect(planStep(saved, [moved, occupant], 'overwrite')).toMatchObject({ live: { id: 'c' } });
  });

  it('never writes what has no content in the vault', () => {
    const leftOut = { ...saved, leftOut: 'malware' };
    expect(planStep(leftOut, [], 'overwrite')).toEqual({ do: 'skip', cause: 'malware' });
  });
});
