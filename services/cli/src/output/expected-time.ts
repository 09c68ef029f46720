import type { BindingLimit } from '@holdfast/kernel';
import { spanInWords } from './words.js';

const WHY: Readonly<Record<BindingLimit, string>> = {
  none: 'there is nothing to do',
  'mailbox-requests': 'one mailbox takes the longest: Microsoft answers only so many requests of it in ten minutes',
  'mailbox-upload': 'one mailbox takes the longest: Microsoft lets only so much be uploaded to it in five minutes',
  'mailbox-concurrency': 'one mailbox takes the longest, by a few requests at a time; it meets no limit',
  'drive-minute': 'all drives share the resource units that Microsoft gives the tenant a minute',
  'drive-day': 'all drives share the resource units that Microsoft gives the tenant a day',
  'drive-concurrency': 'one drive takes the longest, by a few requests at a time; it meets no limit',
  'app-requests': 'all tenants of the app registration share what Microsoft answers it in ten seconds',
  'tasks-at-once': 'mailboxes and drives wait for their turn: with more of them at the same time it is sooner done',
};

const isKnown = (limit: string): limit is BindingLimit => Object.hasOwn(WHY, limit);

/** How long a job will take, what decides that, and what that rests on. */
export function expectedTimeInWords(quote: { readonly expectedMs: number; readonly bindingLimit: string }): string {
  const why = isKnown(quote.bindingLimit) ? WHY[quote.bindingLimit] : quote.bindingLimit;
  return `about ${spanInWords(quote.expectedMs)} if nothing else runs: ${why} (${quote.bindingLimit})`;
}
