const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** An amount of bytes for people: `1.4 GiB`. */
export function bytesInWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 2 ** (10 * power);
  return `${power === 0 || amount >= 100 ? amount.toFixed(0) : amount.toFixed(1)} ${BYTE_UNITS[power] ?? ''}`;
}

/** A span of time for people: `1 h 5 min`, `42 s`. */
export function spanInWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An instant for people, in the machine's time zone to the second; empty when there is none. */
export function instantInWords(atMs: number | undefined): string {
  if (atMs === undefined) return '';
  const at = new Date(atMs);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** A number with thousands apart. */
export function countInWords(count: number): string {
  return count.toLocaleString('en');
}

// Control characters drive the terminal, and the others turn the direction of what follows.
const DANGEROUS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text from a customer's data, made harmless for a terminal. */
export function harmless(text: string): string {
  return text.replaceAll(DANGEROUS, '\u{fffd}');
}
