export const MATCH_KINDS = ['contains', 'exact', 'starts-with', 'ends-with'] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

export interface TextPattern {
  /** Empty matches every text. */
  readonly text: string;
  readonly match: MatchKind;
  readonly isCaseSensitive: boolean;
}

/** A final sigma is the same letter: a whole text in lower case has one wherever a word ends, a part of it has not. */
const FINAL_SIGMA = /ς/g;

/** A test of texts. The same letter in composed and decomposed form is equal; case is folded letter by letter. */
export function textMatcher({ text, match, isCaseSensitive }: TextPattern): (subject: string) => boolean {
  const folded = (subject: string) =>
    isCaseSensitive ? subject.normalize('NFC') : subject.normalize('NFC').toLowerCase().replace(FINAL_SIGMA, 'σ');
  const wanted = folded(text);
  if (wanted === '') return () => true;
  switch (match) {
    case 'contains':
      return (subject) => folded(subject).includes(wanted);
    case 'exact':
      return (subject) => folded(subject) === wanted;
    case 'starts-with':
      return (subject) => folded(subject).startsWith(wanted);
    case 'ends-with':
      return (subject) => folded(subject).endsWith(wanted);
  }
}
