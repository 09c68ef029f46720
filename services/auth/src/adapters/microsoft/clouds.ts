import { cloudByName, customCloud, type CloudSettings } from '@holdfast/graph';
import { AppError } from '@holdfast/kernel';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A cloud and what is made of its documented limits. */
export interface Cloud extends CloudLimits {
  readonly settings: CloudSettings;
}

interface CloudLimits {
  /** How many times faster than documented its limits refill: 1 for Microsoft's own. */
  readonly limitsTimeScale: number;
  /** Part of its documented limits that this installation uses: 1 unless something else uses the app registrations, too. */
  readonly limitsShare: number;
}

const AS_DOCUMENTED: CloudLimits = { limitsTimeScale: 1, limitsShare: 1 };

const cloudsFile = z.array(
  z.object({
    name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected lower-case letters, digits and -'),
    loginBaseUrl: z.url({ protocol: /^https$/ }),
    graphBaseUrl: z.url({ protocol: /^https$/ }),
    caPem: z.string().includes('BEGIN CERTIFICATE').optional(),
    limitsTimeScale: z.number().min(1).max(100_000).default(AS_DOCUMENTED.limitsTimeScale),
    limitsShare: z.number().min(0.001).max(1).default(AS_DOCUMENTED.limitsShare),
  }),
);

/** Microsoft's clouds and those that a settings file adds. */
export class Clouds {
  readonly #added = new Map<string, Cloud>();

  constructor(file: string | undefined) {
    if (!file) return;
    for (const { limitsTimeScale, limitsShare, caPem, ...rest } of readClouds(file)) {
      const settings = customCloud({ ...rest, ...(caPem && { caPem }) });
      this.#added.set(rest.name, { settings, limitsTimeScale, limitsShare });
    }
  }

  byName(name: string): Cloud {
    return this.#added.get(name) ?? { settings: cloudByName(name), ...AS_DOCUMENTED };
  }
}

function readClouds(file: string): z.infer<typeof cloudsFile> {
  try {
    return cloudsFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new AppError(
      'INVALID_CONFIG',
      `The file ${file} of further clouds (CLOUDS_FILE) cannot be used. ${ruleOf(cause)}`,
      {
        context: { field: 'CLOUDS_FILE' },
        cause,
      },
    );
  }
}

function ruleOf(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause);
  // Neither Node's words for it nor a parser's, which quote what stands in the file.
  if (cause instanceof SyntaxError) return 'It is not JSON.';
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'There is no such file.' : `It cannot be read (${code}).`;
}
