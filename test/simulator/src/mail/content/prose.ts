import { Rng } from '../../core/rng.js';
import type { Language } from './language.js';

const PARAGRAPHS = 192;

const pools = new Map<string, readonly string[]>();

function sentence(rng: Rng, language: Language): string {
  const words = Array.from({ length: rng.int(5, 17) }, () => rng.pick(language.words));
  const text = words.join(language.space);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${language.space === '' ? '。' : '. '}`;
}

/** The paragraphs of a language, made once: a body is a choice of them, so that 20 KB of text costs microseconds. */
function paragraphs(language: Language): readonly string[] {
  const known = pools.get(language.tag);
  if (known) return known;
  const rng = new Rng(`prose/${language.tag}`);
  const made = Array.from({ length: PARAGRAPHS }, () =>
    Array.from({ length: rng.int(2, 8) }, () => sentence(rng, language))
      .join('')
      .trim(),
  );
  pools.set(language.tag, made);
  return made;
}

/** Paragraphs of about `bytes` octets of UTF-8 in all; at least one. */
export function prose(rng: Rng, language: Language, bytes: number): string[] {
  const pool = paragraphs(language);
  const chosen: string[] = [];
  for (let made = 0; made < bytes || chosen.length === 0;) {
    const paragraph = rng.pick(pool);
    chosen.push(paragraph);
    made += paragraph.length * language.bytesPerChar + 4;
  }
  return chosen;
}
