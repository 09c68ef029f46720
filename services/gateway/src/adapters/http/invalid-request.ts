import { AppError } from '@holdfast/kernel';
import type { z } from 'zod';

/** One field and the rule that it breaks. */
export interface Problem {
  readonly field: string;
  readonly rule: string;
}

/** A request that breaks rules; it names all of them and never a value. */
export class InvalidRequest extends AppError {
  constructor(readonly problems: readonly Problem[]) {
    const list = problems.map(({ field, rule }) => `${field}: ${rule}`).join('; ');
    super('INVALID_ARGUMENT', `The request breaks ${problems.length === 1 ? 'a rule' : 'rules'}. Correct ${list}.`);
  }
}

/** Each field that breaks a rule, once for each rule. */
export function problemsOf(error: z.ZodError, where: string): readonly Problem[] {
  return error.issues.flatMap((issue) => problemsIn(issue, where));
}

function problemsIn(issue: z.core.$ZodIssue, where: string): readonly Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: fieldOf([...issue.path, key], where),
      rule: 'is not a field of this request; remove it',
    }));
  return [{ field: fieldOf(issue.path, where), rule: ruleOf(issue) }];
}

function fieldOf(path: readonly PropertyKey[], where: string): string {
  return path.length === 0 ? where : path.map(shown).join('.');
}

/** A name that the caller made up is cut to what a log and a screen can bear. */
function shown(part: PropertyKey): string {
  return String(part)
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, 100);
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('received undefined') ? 'has to be given' : `has to be ${article(issue.expected)}`;
  return issue.message;
}

function article(type: string): string {
  if (type === 'object' || type === 'array' || type === 'int') return type === 'int' ? 'a whole number' : `an ${type}`;
  return type === 'boolean' ? 'true or false' : `a ${type}`;
}
