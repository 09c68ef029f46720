import type * as graph from '@microsoft/microsoft-graph-types';
import type { Address, LetterBody } from '../content/letter.js';
import type { Flag } from '../model/item-state.js';

const PREVIEW_CHARS = 255;

export const addressJson = ({ name, address }: Address): graph.Recipient => ({
  emailAddress: { name: name === '' ? address : name, address },
});

export const bodyJson = ({ contentType, content }: LetterBody): graph.ItemBody => ({ contentType, content });

/** The text of a page: what `Prefer: outlook.body-content-type="text"` asks for. */
export function plainText({ contentType, content }: LetterBody): string {
  if (contentType === 'text') return content;
  return content
    .replace(/<head>.*?<\/head>/gis, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}

export const bodyPreview = (body: LetterBody): string =>
  plainText({ ...body, content: body.content.slice(0, 4 * PREVIEW_CHARS) })
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, PREVIEW_CHARS);

const dateTimeZone = (at: number): graph.DateTimeTimeZone => ({
  dateTime: `${new Date(at).toISOString().slice(0, 19)}.0000000`,
  timeZone: 'UTC',
});

export function flagJson({ status, startAt, dueAt, completedAt }: Flag): graph.FollowupFlag {
  return {
    flagStatus: status,
    ...(startAt === undefined ? {} : { startDateTime: dateTimeZone(startAt) }),
    ...(dueAt === undefined ? {} : { dueDateTime: dateTimeZone(dueAt) }),
    ...(completedAt === undefined ? {} : { completedDateTime: dateTimeZone(completedAt) }),
  };
}
