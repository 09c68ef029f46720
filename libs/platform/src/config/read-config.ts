import { AppError } from '@holdfast/kernel';
import type { z } from 'zod';

/** Texts by setting name: the process's environment, or what the single-process edition passes on. */
export type ConfigSource = Readonly<Record<string, string | undefined>>;

/**
 * Reads a service's settings. An empty text counts as absent. Every problem is in the one INVALID_CONFIG that is thrown,
 * as `NAME: rule` and never with the value; the result is frozen.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  source: ConfigSource,
): Readonly<z.output<Schema>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const text = source[name];
      return text === undefined || text === '' ? [] : [[name, text]];
    }),
  );
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map(
    (issue) => [issue.path.length === 0 ? 'settings' : issue.path.join('.'), ruleOf(issue)] as const,
  );
  const lines = problems.map(([name, rule]) => `${name}: ${rule}`).join('\n');
  throw new AppError('INVALID_CONFIG', `The settings cannot be used. Correct these and start again:\n${lines}`, {
    context: Object.fromEntries(problems),
  });
}

/** {@link readConfig} from the environment of this process: for a `main.ts`, once. */
export function readEnvironment<Schema extends z.ZodObject>(schema: Schema): Readonly<z.output<Schema>> {
  return readConfig(schema, process.env);
}

function ruleOf(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined && issue.message.endsWith('undefined');
  return isMissing ? 'is required' : issue.message;
}

/** The environment of this process, for a `main.ts` to hand to its service. */
export function environment(): ConfigSource {
  return process.env;
}
