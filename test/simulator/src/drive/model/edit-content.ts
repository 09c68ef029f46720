import type { Rng } from '../../core/rng.js';
import { NoiseSource } from '../content/byte-source.js';
import type { ContentLibrary } from '../content/content-library.js';
import { nextRevision } from '../content/recipe.js';
import { currentVersion, type FileNode } from './drive-node.js';
import type { NewContent } from './drive.js';

/** What a file holds after somebody worked on it: most bytes stay, those behind the change move. */
export function editedContent(library: ContentLibrary, file: FileNode, rng: Rng): NewContent {
  const { content, recipe } = currentVersion(file);
  const next = recipe && nextRevision(recipe);
  if (next) return { content: library.fromRecipe(next), recipe: next };
  const inserted = new NoiseSource(`${rng.name}/insert:${rng.uint32()}`, rng.int(1, 3_000));
  const at = rng.int(0, content.size);
  return { content: library.add(content.splice(at, Math.min(rng.int(0, 500), content.size - at), inserted)) };
}
