import { describe, expect, it } from '@jest/globals';
import { passphraseVerdict, type Strength } from './passphrase-verdict.js';

const estimate = (strength: Strength, triesLog10: number, ...advice: string[]) => ({ strength, triesLog10, advice });

describe('passphraseVerdict', () => {
  it('refuses what is weaker than the provider asks, with how soon it is found and why', () => {
    const verdict = passphraseVerdict(estimate(1, 4.2, 'It is a common password.'), 2);
    expect(verdict).toEqual({
      do: 'refuse',
      because:
        'The passphrase is too weak. It would be found within about 10^5 tries, and whoever has a copy of the vault can try as often as he likes. ' +
        'It is a common password. Four or more words that have nothing to do with each other are strong.',
    });
  });

  it('warns of what the provider allows and is not strong', () => {
    const verdict = passphraseVerdict(estimate(0, 0.3), 0);
    expect(verdict).toEqual({ do: 'take', warnings: [expect.stringContaining('within about 10^1 tries')] });
    expect(passphraseVerdict(estimate(3, 9.1), 3)).toEqual({ do: 'take', warnings: [expect.any(String)] });
  });

  it('has no word for a strong one', () => {
    expect(passphraseVerdict(estimate(4, 12), 4)).toEqual({ do: 'take', warnings: [] });
  });
});
