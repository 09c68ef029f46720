import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { afterDamage, damageOf, type Damage } from './damage.js';

const whole = { bytes: 100, sha256: 'aa' };

describe('damageOf', () => {
  it.each<[Damage | undefined, { bytes: number; sha256: string } | undefined]>([
    [undefined, whole],
    ['missing', undefined],
    ['short', { bytes: 99, sha256: 'bb' }],
    ['short', { bytes: 0, sha256: 'bb' }],
    ['long', { bytes: 101, sha256: 'bb' }],
    ['altered', { bytes: 100, sha256: 'bb' }],
  ])('is %s', (damage, found) => {
    expect(damageOf(whole, found)).toBe(damage);
  });

  it('believes the hash against a length that the index has wrong', () => {
    expect(damageOf({ ...whole, bytes: 7 }, whole)).toBeUndefined();
  });
});

describe('afterDamage', () => {
  const damages = fc.constantFrom<Damage>('missing', 'short', 'long', 'altered');

  it('sends readers elsewhere at once where another destination holds the object', () => {
    fc.assert(
      fc.property(damages, fc.integer({ min: 1, max: 9 }), (damage, otherHolders) => {
        expect(afterDamage({ damage, otherHolders })).toEqual({
          isPlaceDropped: true,
          isCopyDue: true,
          isQuarantined: false,
        });
      }),
    );
  });

  it('keeps the last bytes that there are, and lets what they held be stored anew', () => {
    fc.assert(
      fc.property(damages, (damage) => {
        const after = afterDamage({ damage, otherHolders: 0 });
        expect(after).toEqual({ isPlaceDropped: damage === 'missing', isCopyDue: false, isQuarantined: true });
      }),
    );
  });
});
