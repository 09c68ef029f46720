import { describe, expect, it } from '@jest/globals';
import { useFakeApi } from '../api-world.suite.js';

const api = useFakeApi();
const page = (counts: object) => ({ present: 0, rewrapped: 0, remaining: 0, lost: 0, failures: [], ...counts });
const NEXT = 'aaaaaaaa-0000-4000-8000-000000000000';

describe('the provider key', () => {
  it('has its secrets counted over all pages', async () => {
    api().answers({
      'GET provider-key/secrets': page({ present: 3, remaining: 1, next: NEXT }),
      [`GET provider-key/secrets?after=${NEXT}`]: page({ present: 2, lost: 1 }),
    });
    const { code, out, err } = await api().run(['provider-key']);
    expect([code, out]).toEqual([
      0,
      '7 secrets: 5 under the present key, 1 still under an older key, 1 that no given key opens.\n',
    ]);
    expect(err).toContain('Add the key that closed those');
  });

  it.each([
    [{}, 'There are no secrets yet.', 'can be dropped'],
    [{ present: 3 }, '3 secrets: 3 under the present key, 0 still under an older key, 0 that', 'can be dropped'],
    [{ present: 1, remaining: 2 }, '3 secrets: 1 under the present key, 2 still under', 'holdfast provider-key rewrap'],
  ])('says what stands and what to do about it: %j', async (counts, said, todo) => {
    api().answers({ 'GET provider-key/secrets': page(counts) });
    const { out, err } = await api().run(['provider-key', 'status']);
    expect([out, err]).toEqual([expect.stringContaining(said), expect.stringContaining(todo)]);
  });

  it('takes the place of another, and says when that one can be dropped', async () => {
    api().answers({ 'POST provider-key/rewraps': page({ rewrapped: 4 }) });
    const { code, out, err } = await api().run(['provider-key', 'rewrap']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('4 secrets: 4 under the present key (4 of them just now)'),
    ]);
    expect(err).toMatch(/FURTHER_PROVIDER_KEYS .*can be dropped/);
  });

  it.each([
    [
      page({ remaining: 1, failures: [{ tenantId: NEXT, vaultId: NEXT, message: 'No destination answers.' }] }),
      '1 are still under an older key',
    ],
    [page({ lost: 2 }), 'No given key opens 2'],
  ])('fails the command while something needs another key', async (answer, words) => {
    api().answers({ 'POST provider-key/rewraps': answer });
    const { code, err } = await api().run(['provider-key', 'rewrap']);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    for (const { message } of answer.failures as { message: string }[]) expect(err).toContain(message);
  });
});
