import { describe, expect, it } from '@jest/globals';
import { worksOn } from './worker-kinds.js';

describe('worksOn', () => {
  it('gives each service the tasks of its kind and no others', () => {
    const allowed = ['crawler', 'restore', 'storage', 'gateway'].map((service) =>
      (['backup', 'restore', 'retention', 'freeing', 'rebuild', 'check', 'deletion'] as const).filter((kind) =>
        worksOn(service, kind),
      ),
    );
    expect(allowed).toEqual([['backup'], ['restore'], ['retention', 'freeing', 'rebuild', 'check', 'deletion'], []]);
  });

  it('looks at the service alone, whatever tenant it is bound to', () => {
    expect(worksOn('crawler/aaaaaaaa-0000-4000-8000-000000000000', 'backup')).toBe(true);
    expect(worksOn('crawler/restore', 'restore')).toBe(false);
  });
});
