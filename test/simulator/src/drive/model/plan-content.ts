import { Rng } from '../../core/rng.js';
import type { Recipe } from '../content/recipe.js';

export interface PlannedFile {
  readonly ending: string;
  readonly recipe: Recipe;
}

/** Pictures that turn up in many documents: the company's letterhead. */
const SHARED_PICTURES = 12;
/** Whole files that colleagues have copies of. */
const SHARED_FILES = 40;

/**
 * What one seeded file is. About a tenth are copies of what colleagues have (`tenantName` is the common stream), and documents share
 * pictures, so that deduplication has something to find.
 */
export function planFile(rng: Rng, tenantName: string): PlannedFile {
  if (!rng.chance(0.1)) return planOwn(rng, `${rng.name}#${rng.uint32()}`, tenantName);
  const name = `${tenantName}/shared-file:${rng.int(1, SHARED_FILES)}`;
  return planOwn(new Rng(name), name, tenantName);
}

function planOwn(rng: Rng, name: string, tenantName: string): PlannedFile {
  const dice = name.includes('/shared-file:') ? 0.5 : rng.next();
  const picture = () => `${tenantName}/picture:${rng.int(1, SHARED_PICTURES)}`;
  if (dice < 0.06)
    return { ending: rng.pick(['txt', 'log', 'docx']), recipe: { form: 'noise', name: 'empty', bytes: 0 } };
  if (dice < 0.4) {
    const lines = rng.int(1, rng.chance(0.1) ? 400 : 30);
    return { ending: rng.pick(['txt', 'md', 'csv', 'html']), recipe: { form: 'text', name, lines, revision: 0 } };
  }
  if (dice < 0.75) {
    const kind = rng.pick(['docx', 'docx', 'xlsx', 'pptx'] as const);
    const pictures = Array.from({ length: rng.int(0, 2) }, picture);
    return {
      ending: kind,
      recipe: { form: 'office', kind, name, paragraphCount: rng.int(3, 80), revision: 0, pictures },
    };
  }
  if (dice < 0.85)
    return { ending: 'pdf', recipe: { form: 'pdf', name, lines: rng.int(1, 40), revision: 0, picture: picture() } };
  if (dice < 0.96) return { ending: 'jpg', recipe: { form: 'picture', name } };
  return {
    ending: rng.pick(['zip', 'mp4', 'bin']),
    recipe: { form: 'noise', name, bytes: rng.int(100_000, 1_500_000) },
  };
}
