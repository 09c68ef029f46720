import { describe, expect, it } from '@jest/globals';
import { Dice } from './dice.js';
import { drawTroubles, refusalOf } from './troubles.js';

const patternOf = (rule: object) => new RegExp((rule as { match: { path: string } }).match.path, 'i');

describe('the troubles of a seed', () => {
  it('are the same for the same seed and name, and spare signing in where a token would end', () => {
    expect(drawTroubles(new Dice(7), 'first', 't')).toEqual(drawTroubles(new Dice(7), 'first', 't'));
    const all = Array.from({ length: 40 }, (_, seed) => drawTroubles(new Dice(seed), 'first', 't')).flat();
    const ended = all.find((rule) => (rule as { fault: string }).fault === 'token-expired');
    expect(patternOf(ended!).test('/t/oauth2/v2.0/token')).toBe(false);
    expect(patternOf(ended!).test('/users/u/messages')).toBe(true);
  });

  it.each([
    ['AAk.b+c=', '/users/u/messages/AAk.b+c%3D/$value', true],
    ['AAk.b+c=', '/users/u/messages/AAkxb+c%3D', false],
    ['01ABC', '/personal/download/d/01ABC/1.0/listed', true],
    ['01ABC', '/users/u/drive/items/01ABCD', false],
  ])('refuse %s and nothing else (%s)', (id, path, isRefused) => {
    expect(patternOf(refusalOf(['another', id], 't')).test(path)).toBe(isRefused);
  });
});
