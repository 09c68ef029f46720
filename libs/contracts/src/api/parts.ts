import { BINDING_LIMITS } from '@holdfast/kernel';
import { z } from 'zod';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// Microsoft's own ids: opaque, but printable and without spaces.
const OPAQUE = /^[\x21-\x7e]+$/;

/** An id of ours. */
export const uuid = z.string().regex(UUID, 'has to be a UUID in lower case');
/** `mail.` or `drive.` and Microsoft's id of the owner. */
export const resourceId = z
  .string()
  .regex(
    /^(mail|drive)\.[A-Za-z0-9_-]{1,128}$/,
    'has to be `mail.` or `drive.` and an id of letters, digits, `-`, `_`',
  );
/** What a task works on: a resource, or, in a job that keeps a vault in order, `vault.` and the vault's id. */
export const taskResourceId = z
  .string()
  .regex(
    /^((mail|drive)\.[A-Za-z0-9_-]{1,128}|vault\.[0-9a-f-]{36})$/,
    'has to be `mail.` or `drive.` and an id of letters, digits, `-`, `_`, or `vault.` and the id of a vault',
  );
/** What decides how long a quoted job takes. */
export const bindingLimit = z.string().describe(`What decides the time: ${BINDING_LIMITS.join(', ')}`);
/** SHA-256 of the snapshot object. */
export const snapshotId = z.string().regex(/^[0-9a-f]{64}$/, 'has to be 64 hexadecimal digits in lower case');
/** An id that Microsoft gave: of an account, a folder, a message, a file. */
export const microsoftId = z
  .string()
  .max(1_024, 'has to be at most 1024 characters')
  .regex(OPAQUE, 'has to be an id as Microsoft gives it, without spaces');
/** Milliseconds since the epoch. */
export const atMs = z.int().min(0);
/** A count of things or of bytes. */
export const count = z.int().min(0);
/** What a person calls a thing. */
export const displayName = z
  .string()
  .trim()
  .min(1, 'has to have at least 1 character')
  .max(200, 'has to have at most 200 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'may not contain control characters or halves of characters');
/** Names of folders from the top, with `/` between them. */
export const folderPath = z
  .string()
  .max(400, 'has to have at most 400 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'may not contain control characters or halves of characters')
  .regex(
    /^(?!.*(^|\/)(\.{0,2}|\s+)(\/|$))/u,
    'has to be names of folders with / between them, none of them empty, . or ..',
  );

/** The query of a list in pages of at most `max`. */
export function pageQuery(max: number) {
  return z.strictObject({
    pageSize: z.coerce
      .number()
      .int('has to be a whole number')
      .min(1, 'has to be at least 1')
      .max(max, `has to be at most ${max}`)
      .optional()
      .describe(`Rows in a page, at most ${max}`),
    pageToken: z
      .string()
      .max(4_096, 'has to be one that the previous page gave')
      .optional()
      .describe('The nextPageToken of the previous page; absent for the first'),
  });
}

/** One page of a list; `nextPageToken` is absent on the last. */
export function page<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row), nextPageToken: z.string().optional() });
}

/** What a test found, step by step. */
export const checkReport = z
  .object({
    ok: z.boolean(),
    steps: z.array(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        message: z.string().describe('What was found and what to do'),
        missingPermissions: z
          .array(z.string())
          .describe("Names of Microsoft's application permissions that are missing"),
      }),
    ),
  })
  .meta({ id: 'CheckReport' });
export type CheckReport = z.infer<typeof checkReport>;
