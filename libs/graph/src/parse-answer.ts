import type { z } from 'zod';
import { unexpectedAnswer } from './http/error-body.js';

/** The answer in the form that its documentation promises, or GRAPH_UNEXPECTED with the field and the rule, never the value. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw unexpectedAnswer(`${issue?.path.join('.') ?? ''} is ${issue?.code ?? 'valid'}`);
}
