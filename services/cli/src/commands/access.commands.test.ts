import { describe, expect, it } from '@jest/globals';
import { NOW, ours, rows, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();

describe('keys', () => {
  const apiKey = { keyId: 'a1', displayName: 'CI', role: 'customer-admin', createdBy: 'bootstrap', createdAtMs: NOW };

  it('makes, lists and revokes keys', async () => {
    api().answers({
      ...world,
      [`POST ${ours}/api-keys`]: { apiKey, token: 'hf_a1_secret' },
      [`GET ${ours}/api-keys`]: rows({ ...apiKey, expiresAtMs: NOW }),
      [`DELETE ${ours}/api-keys/a1`]: {},
    });
    const made = await api().run(['key', 'create', 'CI', '--role', 'customer-admin', '--expires-in-days', '7']);
    expect(made.out).toBe('hf_a1_secret\n');
    expect(api().sent(`POST ${ours}/api-keys`)).toEqual({
      displayName: 'CI',
      role: 'customer-admin',
      expiresInDays: 7,
    });
    expect((await api().run(['key', 'list'])).out).toContain('expired');
    expect((await api().run(['key', 'revoke', 'a1'])).code).toBe(0);
  });
});

describe('an API key that cannot be one', () => {
  it.each(['hf_abc\ndef', 'hf_ключ', 'hf_abc def'])('is told as such, and sent nowhere: %j', async (key) => {
    api().answers({});
    const { code, err } = await api().run(['whoami'], { env: { HOLDFAST_API_KEY: key } });
    expect([code, err]).toEqual([2, expect.stringContaining('The API key has a blank, a line break')]);
    expect(err).not.toContain(key);
    expect(api().seen).toEqual([]);
  });

  it('is not one with a line break at its end, as files have', async () => {
    api().answers({ 'GET caller': { keyId: 'a1', role: 'customer-admin', tenantIds: [] } });
    await api().run(['whoami'], { env: { HOLDFAST_API_KEY: 'key\n' } });
    expect(api().seen).toMatchObject([{ route: 'GET caller', key: 'Bearer key' }]);
  });
});
