import { Content } from './content.js';
import { type Recipe, sourceOf } from './recipe.js';

/**
 * The contents of one tenant. Equal recipes share one {@link Content}, so that a hash is computed once; contents are found by size, so that
 * a restored file turns out to be the one that was there and its bytes need not be kept.
 */
export class ContentLibrary {
  readonly #byRecipe = new Map<string, Content>();
  readonly #bySize = new Map<number, Set<Content>>();
  readonly #unsized = new Set<Content>();

  fromRecipe(recipe: Recipe): Content {
    const key = JSON.stringify(recipe);
    const found = this.#byRecipe.get(key);
    if (found) return found;
    const made = Content.of(sourceOf(recipe));
    this.#byRecipe.set(key, made);
    this.#unsized.add(made);
    return made;
  }

  /** Makes a content known; returns it. */
  add(content: Content): Content {
    this.#unsized.add(content);
    return content;
  }

  /** Every known content of that many bytes. */
  ofSize(size: number): readonly Content[] {
    for (const content of this.#unsized) this.#listed(content.size).add(content);
    this.#unsized.clear();
    return [...this.#listed(size)];
  }

  #listed(size: number): Set<Content> {
    const found = this.#bySize.get(size);
    if (found) return found;
    const made = new Set<Content>();
    this.#bySize.set(size, made);
    return made;
  }
}
