import { z } from 'zod';

/** The body of every answer that is not a success. */
export const errorBody = z
  .object({
    error: z.object({
      code: z.string().describe('Stable; docs/errors.md lists all'),
      message: z.string().describe('What happened, what it means and what to do'),
      problems: z.array(z.object({ field: z.string(), rule: z.string() })).describe('Every field that breaks a rule'),
      requestId: z.string().describe("Leads to the gateway's log"),
    }),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof errorBody>;
