import { KeptLetters } from './kept-letters.js';
import { withLargeFile } from './shapes-attached.js';
import type { Letter } from './letter.js';
import type { LetterWorld, Origin } from './origin.js';
import { SHAPE_NAMES, type ShapeName } from './shape-name.js';
import { SHAPES } from './shapes.js';
import { sketchLetter } from './sketch.js';

/** Shapes too heavy to show in every mailbox: they come by weight, or first in each tenth mailbox. */
const HEAVY: ReadonlySet<ShapeName> = new Set<ShapeName>(['large', 'crowd']);
const SHOWCASE = SHAPE_NAMES.filter((name) => !HEAVY.has(name));
const TOTAL_WEIGHT = SHAPE_NAMES.reduce((sum, name) => sum + SHAPES[name].weight, 0);

/** Which kind of mail a letter is: the first ones of a mailbox show every kind, the rest come as often as in life. */
export function shapeOf(world: LetterWorld, origin: Origin): ShapeName {
  if (origin.shape) return origin.shape;
  const { source } = origin;
  if (world.showcaseFrom % 10 === 0 && source < 4) return source % 2 === 0 ? 'crowd' : 'large';
  const shown = SHOWCASE[(world.showcaseFrom * 7 + source) % SHOWCASE.length];
  if (source < SHOWCASE.length && shown) return shown;
  let left = world.rng.derive('shape', source).next() * TOTAL_WEIGHT;
  for (const name of SHAPE_NAMES) {
    left -= SHAPES[name].weight;
    if (left < 0) return name;
  }
  return 'alternative';
}

const kept = new KeptLetters();

/** The letter of an origin: equal for equal seeds, the same one while it is kept. Bodies and attachments are made when read. */
export function generateLetter(world: LetterWorld, origin: Origin): Letter {
  const known = kept.find(world, origin);
  if (known) return known;
  const made = makeLetter(world, origin);
  kept.keep(world, origin, made);
  return made.letter;
}

function makeLetter(world: LetterWorld, origin: Origin): { readonly letter: Letter; readonly bytes: number } {
  const name = shapeOf(world, origin);
  const shape = SHAPES[name];
  const languages = shape.languages;
  const language = languages?.[origin.source % languages.length];
  const sketch = sketchLetter(world, origin, language);
  const own =
    name === 'large' && origin.attachmentBytes !== undefined
      ? withLargeFile(sketch, origin.attachmentBytes)
      : shape.make(sketch);
  const letter = { ...sketch.letter };
  // Keeps getters lazy: spreading would build S/MIME content for every listing.
  Object.defineProperties(letter, Object.getOwnPropertyDescriptors(own));
  return { letter, bytes: sketch.bytes };
}
