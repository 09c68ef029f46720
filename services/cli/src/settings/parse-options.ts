import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `10MB`, `1.5GiB` or plain bytes. */
export function bytesFrom(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (amount === '' || factor === undefined) throw new InvalidArgumentError('Expected an amount such as 10MB or 4GiB.');
  return Math.round(Number(amount) * factor);
}

/** ISO 8601: a date, or a date and a time of day, with a zone or of the clock here. */
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** An instant in ISO 8601; a date alone begins at midnight here. */
export function instantFrom(text: string): number {
  const [, year, month, day, time = 'T00:00'] = INSTANT.exec(text) ?? [];
  const isOfCalendar = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  const at = isOfCalendar ? Date.parse(`${year}-${month}-${day}${time}`) : NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Expected a time such as 2025-01-31 or 2025-01-31T18:00Z.');
  return at;
}

/** The same for a state of that time: a date alone means the end of that day here. */
export function momentFrom(text: string): number {
  const at = instantFrom(text);
  const isDay = !text.includes('T');
  return isDay ? new Date(at).setHours(23, 59, 59, 999) : at;
}

/** A whole number above zero. */
export function countFrom(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above zero.');
  return Number(text);
}

/** `proxy.example.com:3128`. */
export function hostAndPortFrom(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^([^\s:/@]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '') throw new InvalidArgumentError('Expected a host and its port, such as proxy.example.com:3128.');
  return { host, port: Number(port) };
}

/** Adds one more value, or several with commas between, of an option that may be given often. */
export function listFrom(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))];
}

/** Adds one more value that may hold commas. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
