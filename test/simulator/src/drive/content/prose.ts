import { Rng } from '../../core/rng.js';

const WORDS = (
  'the of and to in budget quarter review contract delivery customer meeting project plan report invoice supplier team ' +
  'schedule risk change request approved draft final summary increase cost margin region product launch deadline owner ' +
  'status update training policy security access backup restore archive version document table figure appendix 売上 会議 ' +
  '契約 отчёт договор план Änderung Übersicht Größe résumé naïve façade مشروع דוח'
).split(' ');

/** Sentences are put together from phrases: one draw for several words, since text is most of what a small drive costs to make. */
const PHRASES = phrases(new Rng('prose'), 1_024);

function phrases(rng: Rng, count: number): string[] {
  return Array.from({ length: count }, () => Array.from({ length: rng.int(3, 7) }, () => rng.pick(WORDS)).join(' '));
}

/** A line of words, first letter large, with a number so that hardly two are equal. */
export function sentence(rng: Rng): string {
  const words = `${rng.pick(PHRASES)} ${rng.pick(PHRASES)} ${rng.uint32().toString(36)}`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/**
 * Paragraphs of a document at a revision. Each revision rewrites one paragraph and adds one somewhere, so that most of the text stays
 * and what follows the new paragraph moves.
 */
export function paragraphs(rng: Rng, count: number, revision: number): string[] {
  const first = rng.derive('paragraphs');
  const text = Array.from({ length: count }, () => `${sentence(first)} ${sentence(first)} ${sentence(first)}`);
  for (let done = 1; done <= revision; done++) {
    const change = rng.derive('revision', done);
    text[change.int(0, text.length - 1)] = sentence(change);
    text.splice(change.int(0, text.length), 0, sentence(change));
  }
  return text;
}
