import { newLegalHold } from '@holdfast/contracts/api';
import { describe, expect, it } from '@jest/globals';
import { ID, NOW, SET, ours, rows, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();
const HOLD = ID(8);
const at = `POST ${ours}/legal-holds`;
const hold = (on: object) => ({ holdId: HOLD, on, reason: 'Case 7', placedBy: 'key', placedAtMs: NOW });

describe('hold', () => {
  it.each([
    [['--account', 'ann@example.com'], { kind: 'account', accountId: 'u1' }],
    [['--set', 'Everybody'], { kind: 'set', backupSetId: SET }],
    [['--resource', 'mail:ann@example.com'], { kind: 'resource', resourceId: 'mail.u1' }],
  ])('is placed by name: %j', async (named, on) => {
    api().answers({ ...world, [at]: { hold: hold(on), warnings: ['A retention was running.'] } });
    const { code, out, err } = await api().run(['hold', 'place', ...named, '--reason', 'Case 7']);
    expect([code, err]).toEqual([0, 'A retention was running.\n']);
    expect(out).toContain(HOLD);
    expect(newLegalHold.parse(api().sent(at))).toEqual({ on, reason: 'Case 7' });
  });

  it('has to say what it is on, once, and why', async () => {
    api().answers(world);
    const both = ['--set', 'Everybody', '--account', 'ann@example.com'];
    for (const line of [
      ['--reason', 'x'],
      [...both, '--reason', 'x'],
      ['--set', 'Everybody'],
    ])
      expect((await api().run(['hold', 'place', ...line])).code).toBe(2);
    expect(api().sent(at)).toBeUndefined();
  });

  it('is lifted by its id, and listed', async () => {
    const on = { kind: 'account', accountId: 'u1' };
    api().answers({
      ...world,
      [`POST ${ours}/legal-holds/${HOLD}/lift`]: { ...hold(on), liftedBy: 'other', liftedAtMs: NOW },
      [`GET ${ours}/legal-holds?pageSize=200&withLifted=false`]: rows(hold(on)),
      [`GET ${ours}/legal-holds?pageSize=200&withLifted=true`]: rows(),
    });
    expect((await api().run(['hold', 'lift', HOLD])).out).toContain('by key other');
    expect((await api().run(['hold', 'list'])).out).toMatch(/account u1 .*Case 7/);
    expect((await api().run(['hold', 'list', '--all'])).out).toContain('No legal hold stands');
  });
});
