import { z } from 'zod';

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

function measured(units: Readonly<Record<string, number>>, example: string, unit: string) {
  const names = Object.keys(units);
  const rule = new RegExp(`^(\\d+(?:\\.\\d+)?)\\s?(${names.join('|')})$`);
  return z
    .string()
    .regex(rule, `expected a number with one of the units ${names.join(', ')}, for example ${example}`)
    .transform((text) => {
      const [, amount = '', name = ''] = rule.exec(text) ?? [];
      return Math.round(Number(amount) * (units[name] ?? Number.NaN));
    })
    .meta({ unit });
}

/** A span of time such as `500ms`, `30s`, `1m`, `12h` or `7d`, read as milliseconds. */
export function duration() {
  return measured(MS, '30s', 'duration');
}

/** An amount of bytes such as `64KiB` or `16MiB`, read as bytes. */
export function bytes() {
  return measured(BYTES, '16MiB', 'bytes');
}

/** A switch: `true` or `false`. */
export function flag() {
  return z.enum(['true', 'false']).transform((text) => text === 'true');
}

/** A list with commas between, spaces around the parts ignored; an empty text is an empty list. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
}
