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
    const { code, out } = await api().run(['provider-key']);
    expect([code, out]).toEqual([0, expect.stringContaining('5 secrets are under the present key, 0 of them by now')]);
    expect(out).toContain('1 under a further key; 1 under none that is given.');
  });

  it('takes the place of another, and says when that one can be dropped', async () => {
    api().answers({ 'POST provider-key/rewraps': page({ rewrapped: 4 }) });
    const { code, out, err } = await api().run(['provider-key', 'rewrap']);
    expect([code, out]).toEqual([0, expect.stringContaining('4 of them by now')]);
    expect(err).toContain('FURTHER_PROVIDER_KEYS can be dropped');
  });

  it.each([
    [
      page({ remaining: 1, failures: [{ tenantId: NEXT, vaultId: NEXT, message: 'No destination answers.' }] }),
      '1 remain',
    ],
    [page({ lost: 2 }), '2 open under no key that is given'],
  ])('fails the command while something needs another key', async (answer, words) => {
    api().answers({ 'POST provider-key/rewraps': answer });
    const { code, err } = await api().run(['provider-key', 'rewrap']);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    for (const { message } of answer.failures as { message: string }[]) expect(err).toContain(message);
  });
});
