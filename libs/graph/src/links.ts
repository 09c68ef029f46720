import { unexpectedAnswer } from './http/error-body.js';

/**
 * Path and query of a link that Graph gave, letter for letter: links are opaque, and re-encoding one loses it. A link to another
 * host is refused, because our token would go with it.
 */
export function relativeLink(origin: string, link: string): string {
  if (link.startsWith('/')) return link;
  if (URL.parse(link)?.origin !== origin) throw unexpectedAnswer('a link leads to the host that gave it');
  const pathAt = link.indexOf('/', 'https://'.length);
  return pathAt < 0 ? '/' : link.slice(pathAt);
}
