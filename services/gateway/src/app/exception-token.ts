import { AppError, WORKLOADS } from '@holdfast/kernel';
import { z } from 'zod';

const token = z.strictObject({
  /** Page of the job's reports by resource; empty for the first. Null: all were told, what is not covered is left. */
  reports: z.string().nullable(),
  /** Resources of that page, or entries of what is not covered, that were told. */
  told: z.int().min(0),
  /** Page within the exceptions of the resource that comes next; empty for its first. */
  within: z.string(),
  /** Workloads of the resources so far. */
  workloads: z.array(z.enum(WORKLOADS)),
});

/** Where the exceptions of a job go on. */
export type ExceptionToken = Readonly<z.output<typeof token>>;

export const FIRST_EXCEPTION: ExceptionToken = { reports: '', told: 0, within: '', workloads: [] };

/** The token as a text for the caller. */
export function formatExceptionToken(at: ExceptionToken): string {
  return Buffer.from(JSON.stringify(at)).toString('base64url');
}

/** Reverses {@link formatExceptionToken}. INVALID_ARGUMENT for a text that it did not make. */
export function parseExceptionToken(text: string | undefined): ExceptionToken {
  if (text === undefined) return FIRST_EXCEPTION;
  try {
    return token.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (cause) {
    throw new AppError('INVALID_ARGUMENT', 'pageToken has to be one that the previous page gave. Start without it.', {
      cause,
      context: { field: 'pageToken', rule: 'has to be one that the previous page gave' },
    });
  }
}
