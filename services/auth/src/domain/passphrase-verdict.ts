/** 0 to 4: guessed within 10^3, 10^6, 10^8, 10^10 tries, or later. */
export type Strength = 0 | 1 | 2 | 3 | 4;

export interface PassphraseEstimate {
  readonly strength: Strength;
  /** Tries until it is found, as their decimal logarithm. */
  readonly triesLog10: number;
  /** What makes it easy and what would be better, a sentence each; they quote nothing of it. */
  readonly advice: readonly string[];
}

export type PassphraseVerdict =
  { readonly do: 'take'; readonly warnings: readonly string[] } | { readonly do: 'refuse'; readonly because: string };

/** Whether a passphrase may close a vault. Whoever has a copy of the vault may try at his leisure: only the strongest is taken without a word. */
export function passphraseVerdict(estimate: PassphraseEstimate, leastStrength: Strength): PassphraseVerdict {
  const { strength } = estimate;
  if (strength < leastStrength) return { do: 'refuse', because: `The passphrase is too weak. ${reasonOf(estimate)}` };
  return { do: 'take', warnings: strength === 4 ? [] : [`The passphrase is weak. ${reasonOf(estimate)}`] };
}

function reasonOf({ triesLog10, advice }: PassphraseEstimate): string {
  return [
    `It would be found within about 10^${Math.max(1, Math.ceil(triesLog10))} tries, and whoever has a copy of the vault can try as often as he likes.`,
    ...advice,
    'Four or more words that have nothing to do with each other are strong.',
  ].join(' ');
}
