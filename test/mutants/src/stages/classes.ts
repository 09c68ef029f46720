import { AppError } from '@holdfast/kernel';
import 'reflect-metadata';

/** The prototype of the class that a module has behind a port or for a verb: what its wiring says, asked from outside. */
export function providedBy(module: object, name: string): object {
  const providers: unknown = Reflect.getMetadata('providers', module);
  for (const provider of Array.isArray(providers) ? (providers as unknown[]) : []) {
    const found = classFor(provider, name);
    if (found) return found;
  }
  throw new AppError('INTERNAL', `The module provides no ${name}: the registry of stages is behind the product.`);
}

function classFor(provider: unknown, name: string): object | undefined {
  if (typeof provider === 'function') return provider.name === name ? (provider.prototype as object) : undefined;
  if (typeof provider !== 'object' || provider === null || !('useClass' in provider) || !('provide' in provider))
    return undefined;
  const { provide, useClass } = provider;
  const isWanted = typeof provide === 'function' && provide.name === name;
  return isWanted && typeof useClass === 'function' ? (useClass.prototype as object) : undefined;
}

/** What a tree of a snapshot holds, by its codec. */
export function treeOf(tree: object): string {
  const codec: unknown = Reflect.get(tree, 'codec');
  return typeof codec === 'object' && codec !== null && 'object' in codec ? String(codec.object) : '';
}
