import type { GraphClient } from './graph-client.js';
import type { GraphRequest } from './graph-request.js';
import { unexpectedAnswer } from './http/error-body.js';

/** One page of a collection, its entries unchecked. */
export interface Page {
  readonly items: readonly unknown[];
  readonly nextLink?: string;
  readonly deltaLink?: string;
}

/** The pages of a collection, one in memory at a time. */
export async function* pages(client: GraphClient, first: GraphRequest, signal?: AbortSignal): AsyncGenerator<Page> {
  let request: GraphRequest | undefined = first;
  while (request !== undefined) {
    const page: Page = parsePage(client, await client.json(request, signal));
    yield page;
    request = page.nextLink === undefined ? undefined : { ...first, path: page.nextLink };
  }
}

/** All entries of a collection, one by one. */
export async function* entries(client: GraphClient, first: GraphRequest, signal?: AbortSignal): AsyncGenerator {
  for await (const page of pages(client, first, signal)) yield* page.items;
}

/** The page that an answer is, with its links made fit to be kept. */
export function parsePage(client: GraphClient, answer: unknown): Page {
  if (typeof answer !== 'object' || answer === null || !('value' in answer) || !Array.isArray(answer.value)) {
    throw unexpectedAnswer('a collection has an array named value');
  }
  return {
    items: answer.value,
    ...linkOf(client, answer, '@odata.nextLink', 'nextLink'),
    ...linkOf(client, answer, '@odata.deltaLink', 'deltaLink'),
  };
}

function linkOf<Name extends 'nextLink' | 'deltaLink'>(
  client: GraphClient,
  answer: object,
  field: string,
  name: Name,
): Partial<Record<Name, string>> {
  const link: unknown = Object.getOwnPropertyDescriptor(answer, field)?.value;
  if (link === undefined || link === null) return {};
  if (typeof link !== 'string') throw unexpectedAnswer(`${field} is text`);
  return { [name]: client.keepLink(link) } as Record<Name, string>;
}
