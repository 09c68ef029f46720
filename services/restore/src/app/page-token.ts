import { AppError } from '@holdfast/kernel';
import type { z } from 'zod';

/** Makes what a page leaves off at into an opaque text. */
export function writePageToken(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reverses {@link writePageToken}; undefined for the first page. INVALID_ARGUMENT for a token that this list did not give out. */
export function readPageToken<Schema extends z.ZodType>(token: string, schema: Schema): z.output<Schema> | undefined {
  if (token === '') return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw new AppError(
      'INVALID_ARGUMENT',
      'pageToken has to be one that the previous page gave. Start again without it.',
      {
        context: { field: 'pageToken', rule: 'given by the previous page' },
      },
    );
  }
}
