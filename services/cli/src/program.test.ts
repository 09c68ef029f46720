import { describe, expect, it } from '@jest/globals';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { OTHER, TENANT, ours, rows, tenant, useFakeApi, world } from './api-world.suite.js';
import { errorOf } from './fake-api.suite.js';
import { profilePath } from './settings/profile.js';

const api = useFakeApi();

describe('how the command is used', () => {
  it('ends with 2 for a wrong use and says how it is used', async () => {
    for (const line of [
      ['nonsense'],
      ['tenant', 'add', 'X'],
      ['job', 'list', '--limit', 'many'],
      ['set', 'list', '--bogus'],
    ]) {
      const { code, err } = await api().run(line);
      expect([code, err]).toEqual([2, expect.stringContaining('error:')]);
    }
    expect(await api().run(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await api().run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('restore') });
  });

  it('asks for a key, and for a server that can be reached', async () => {
    const without = await api().run(['tenant', 'list'], { env: { HOLDFAST_API_KEY: '' } });
    expect([without.code, without.err]).toEqual([2, expect.stringContaining('holdfast login')]);
    const away = await api().run(['tenant', 'list', '--url', 'http://127.0.0.1:9']);
    expect([away.code, away.err]).toEqual([1, expect.stringContaining('cannot be reached')]);
    const strange = await api().run(['tenant', 'list', '--url', 'ftp://backup.example.com']);
    expect([strange.code, strange.err]).toEqual([2, expect.stringContaining('no http or https address')]);
  });

  it("shows the server's words, every field that breaks a rule, and ends with 1", async () => {
    const problems = [{ field: 'displayName', rule: 'has to be shorter' }];
    const body = errorOf('INVALID_ARGUMENT', 'The request breaks a rule.', problems);
    api().answers({ 'GET tenants': { status: 400, body } });
    expect(await api().run(['tenant', 'list'])).toEqual({
      code: 1,
      out: '',
      err: 'error: The request breaks a rule.\n  displayName: has to be shorter\n  (INVALID_ARGUMENT, request r-1)\n',
    });
  });

  it('takes the only tenant, or asks which', async () => {
    api().answers({ ...world, [`GET ${ours}/destinations`]: rows() });
    expect((await api().run(['destination', 'list'])).out).toContain('There is no destination yet');
    api().answers({
      'GET tenants': rows(tenant(TENANT, 'Contoso'), tenant(OTHER!, 'Fabrikam')),
      'GET caller': { keyId: 'k', role: 'provider-operator' },
      [`GET tenants/${OTHER}/destinations`]: rows(),
    });
    expect((await api().run(['destination', 'list'])).code).toBe(2);
    expect((await api().run(['destination', 'list', '--tenant', 'fabrikam'])).code).toBe(0);
    expect((await api().run(['destination', 'list'], { env: { HOLDFAST_TENANT: OTHER! } })).code).toBe(0);
    const unknown = await api().run(['destination', 'list', '--tenant', 'Nobody']);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('Contoso')]);
  });

  it('prints the API’s JSON when asked to', async () => {
    const { out } = await api().run(['--json', 'tenant', 'list']);
    expect(JSON.parse(out)).toEqual([tenant(TENANT, 'Contoso')]);
  });
});

describe('login', () => {
  it('tries the key, keeps it for this user alone, and uses it from then on', async () => {
    api().answers({ ...world, 'GET caller': { keyId: 'k', role: 'provider-operator' } });
    const none = { HOLDFAST_API_KEY: '', HOLDFAST_URL: '' };
    const login = await api().run(['login', '--url', api().url, '--key-file', '-'], { env: none, input: 'kept-key\n' });
    expect(login).toMatchObject({ code: 0, out: expect.stringContaining('provider-operator') });
    const file = profilePath(api().home);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: api().url, key: 'kept-key' });
    expect((await api().run(['tenant', 'list'], { env: none })).code).toBe(0);
    expect(api().seen.at(-1)?.key).toBe('Bearer kept-key');
    await writeFile(file, '{}');
  });
});
