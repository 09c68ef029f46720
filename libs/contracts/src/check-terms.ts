import { parseDestinationId } from '@holdfast/kernel';
import { z } from 'zod';

/** How much of a vault a check looks at, from names and sizes to every byte. */
export const CHECK_MODES = ['quick', 'sample', 'deep'] as const;

/** What a check of a vault was asked for. */
export const checkTerms = z
  .strictObject({
    mode: z.enum(CHECK_MODES, { error: `has to be one of ${CHECK_MODES.join(', ')}` }).default('quick'),
    /** Of a sample: in so many daily runs everything is read. */
    days: z
      .int('has to be a whole number of days')
      .min(1, 'has to be at least 1')
      .max(3_650, 'has to be at most 3650')
      .optional(),
    /** Only this one; else every destination of the vault. */
    destinationId: z.uuid('has to be a UUID').transform(parseDestinationId).optional(),
  })
  .refine(({ mode, days }) => (mode === 'sample') === (days !== undefined), {
    error: 'has to be given for a sample, and for nothing else',
    path: ['days'],
  });
export type CheckTerms = z.output<typeof checkTerms>;
