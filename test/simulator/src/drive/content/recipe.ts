import { builtBytes } from './built-bytes.js';
import { Rng } from '../../core/rng.js';
import { BlockSource } from './block-source.js';
import { BuiltSource, type ByteSource, NoiseSource } from './byte-source.js';
import { officeDocument, type OfficePlan } from './office-document.js';
import { pdfDocument } from './pdf-document.js';
import { pictureBytes } from './picture.js';
import { paragraphs } from './prose.js';

/** Blocks from one that is unlike all others to the next, where content repeats itself. */
const REPEATS = 16;

/** Bytes without structure, of any size; 'blocks' has a hash that costs nothing, and so has 'repeating', of which little is new. */
interface StreamRecipe {
  readonly form: 'noise' | 'blocks' | 'repeating';
  readonly name: string;
  readonly bytes: number;
}

type DocumentRecipe =
  | { readonly form: 'text'; readonly name: string; readonly lines: number; readonly revision: number }
  | {
      readonly form: 'pdf';
      readonly name: string;
      readonly lines: number;
      readonly revision: number;
      readonly picture: string;
    }
  | { readonly form: 'picture'; readonly name: string }
  | (OfficePlan & { readonly form: 'office'; readonly name: string });

/** What a generated file holds. `name` is the chance that its bytes come from: equal recipes are equal bytes in any drive. */
export type Recipe = StreamRecipe | DocumentRecipe;

/** The bytes of a recipe, made when they are read. */
export function sourceOf(recipe: Recipe): ByteSource {
  if ('bytes' in recipe) {
    if (recipe.form === 'noise') return new NoiseSource(recipe.name, recipe.bytes);
    return new BlockSource(recipe.name, recipe.bytes, recipe.form === 'repeating' ? REPEATS : 1);
  }
  return new BuiltSource(JSON.stringify(recipe), (key) => builtBytes.get(key, () => build(recipe)));
}

/** The next state of a document that somebody works on; undefined for forms without revisions. */
export function nextRevision(recipe: Recipe): Recipe | undefined {
  return 'revision' in recipe ? { ...recipe, revision: recipe.revision + 1 } : undefined;
}

function build(recipe: DocumentRecipe): Uint8Array {
  const rng = new Rng(recipe.name);
  switch (recipe.form) {
    case 'text':
      return Buffer.from(paragraphs(rng, recipe.lines, recipe.revision).join('\n'));
    case 'pdf':
      return pdfDocument(rng, recipe);
    case 'picture':
      return pictureBytes(recipe.name);
    case 'office':
      return officeDocument(rng, recipe);
  }
}
