import { z } from 'zod';

/** One row of docs/configuration.md. */
export interface SettingDescription {
  readonly name: string;
  readonly description: string;
  /** Rules in words: type, range, choices, unit. */
  readonly rule: string;
  /** As it would be written in the environment; absent where none is safe. */
  readonly default?: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
}

/** Every setting of a schema, in the schema's order. */
export function describeConfig(schema: z.ZodObject): readonly SettingDescription[] {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const required = new Set(described.required ?? []);
  return Object.entries(described.properties ?? {}).map(([name, property]) => {
    const rules = typeof property === 'boolean' ? {} : property;
    return {
      name,
      description: rules.description ?? '',
      rule: rulesInWords(rules),
      ...(rules.default === undefined ? {} : { default: defaultAsText(rules.default) }),
      isRequired: required.has(name) && rules.default === undefined,
      isSecret: rules['isSecret'] === true,
    };
  });
}

function defaultAsText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function rulesInWords(rules: z.core.JSONSchema.JSONSchema): string {
  if (rules.enum) return rules.enum.join(' | ');
  const unit = typeof rules['unit'] === 'string' ? rules['unit'] : rules.type;
  const from = rules.minimum === undefined ? [] : [`at least ${rules.minimum}`];
  const to = rules.maximum === undefined ? [] : [`at most ${rules.maximum}`];
  return [unit ?? 'text', ...from, ...to].join(', ');
}
