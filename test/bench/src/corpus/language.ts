import { type Draws, drawsFor } from './draws.js';

const WORDS = 12_000;
const PEOPLE = 800;
const SYLLABLES =
  'an be co da en fi gra ho in jo ka le mo ne or pe qui re sta ti un ver wi xi yo zu tion ment er ing ly pro con ex'.split(
    ' ',
  );

/** The words, people and style sheet that a corpus's mails share: text that compresses as letters do. */
export class Language {
  readonly people: readonly string[];
  /** As a mail program puts it into each of its HTML messages. */
  readonly styleSheet: string;
  readonly #words: readonly string[];

  constructor(seed: number) {
    const words = drawsFor(seed, 1, 0);
    this.#words = Array.from({ length: WORDS }, (_, rank) => {
      const syllables = 1 + words.below(rank < 200 ? 2 : 4);
      return Array.from({ length: syllables }, () => words.of(SYLLABLES)).join('');
    });
    const people = drawsFor(seed, 2, 0);
    this.people = Array.from(
      { length: PEOPLE },
      () => `${this.word(people)}.${people.of(this.#words)}@contoso${people.below(6)}.example`,
    );
    const styles = drawsFor(seed, 3, 0);
    this.styleSheet = Array.from(
      { length: 28 },
      () =>
        `p.Mso${styles.of(this.#words)}, li.${styles.of(this.#words)} {margin:0cm;margin-bottom:.0001pt;` +
        `font-size:11.0pt;font-family:"Calibri",sans-serif;}\r\n`,
    ).join('');
  }

  /** A word, the first of the list most often (Zipf). */
  word(draws: Draws): string {
    const rank = Math.floor(Math.exp(draws.unit() * Math.log(WORDS)) - 1);
    return this.#words[Math.min(WORDS - 1, rank)] ?? '';
  }

  /** Sentences of about this many bytes, in lines of about 74. */
  prose(draws: Draws, bytes: number): string {
    let text = '';
    let lineBytes = 0;
    let isStart = true;
    while (text.length < bytes) {
      const word = this.word(draws);
      const end = this.#afterWord(draws);
      let piece = (isStart ? word.charAt(0).toUpperCase() + word.slice(1) : word) + end;
      isStart = end === '. ';
      lineBytes += piece.length;
      if (lineBytes > 74) {
        piece += '\r\n';
        lineBytes = 0;
      }
      text += piece;
    }
    return text;
  }

  #afterWord(draws: Draws): string {
    const choice = draws.uint32() & 31;
    if (choice === 0) return '. ';
    if (choice === 1) return ', ';
    return choice === 2 && (draws.uint32() & 3) === 0 ? ` ${draws.uint32() % 100_000}` : ' ';
  }
}
