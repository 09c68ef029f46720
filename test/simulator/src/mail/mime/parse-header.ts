import type { Address } from '../content/letter.js';

/** A header of a message that came in: names in lower case, values unfolded, the first of a name wins. */
export type Header = ReadonlyMap<string, string>;

export function parseHeader(text: string): { header: Header; lines: [name: string, value: string][] } {
  const lines: [string, string][] = [];
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) lines.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  const header = new Map<string, string>();
  for (const [name, value] of lines) if (!header.has(name.toLowerCase())) header.set(name.toLowerCase(), value);
  return { header, lines };
}

/** Octets as text in a charset; in UTF-8 when nobody knows the charset. */
export function decodeText(octets: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(octets);
  } catch {
    return octets.toString();
  }
}

/** Replaces encoded words (RFC 2047) by what they say; raw octets are taken as UTF-8. */
export function decodeWords(value: string): string {
  const raw = Buffer.from(value, 'latin1').toString();
  return raw
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?([^?*]+)(?:\*[^?]*)?\?([bq])\?([^?]*)\?=/gi, (_, charset: string, kind: string, text: string) => {
      const isBase64 = kind.toLowerCase() === 'b';
      return decodeText(isBase64 ? Buffer.from(text, 'base64') : decodeQuoted(text.replaceAll('_', ' ')), charset);
    });
}

export function decodeQuoted(text: string): Buffer {
  const joined = text.replace(/[ \t]*\r?\n/g, '\r\n').replace(/=\r\n/g, '');
  const latin1 = joined.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}

/** `text/html; charset="utf-8"` in parts; RFC 2231's extended values are decoded. */
export function parseParameters(value: string): { value: string; parameters: ReadonlyMap<string, string> } {
  const [first = '', ...rest] = value.match(/(?:"(?:\\.|[^"\\])*"|[^;"])+/g) ?? [];
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [name = '', ...assigned] = part.split('=');
    const text = assigned.join('=').trim().replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
    const key = name.trim().toLowerCase();
    if (key.endsWith('*')) parameters.set(key.slice(0, -1), decodeExtended(text));
    else parameters.set(key, decodeWords(text));
  }
  return { value: first.trim().toLowerCase(), parameters };
}

function decodeExtended(text: string): string {
  const [charset = 'utf-8', , ...rest] = text.split("'");
  const latin1 = rest.join("'").replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return decodeText(Buffer.from(latin1, 'latin1'), charset);
}

/** The addresses of a list such as `"Doe, J" <j@x.example>, k@y.example`. */
export function parseAddresses(value: string | undefined): Address[] {
  const entries = value?.match(/(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<])+/g) ?? [];
  return entries.flatMap((entry) => {
    const angled = /^(.*)<([^>]*)>\s*$/s.exec(entry);
    const address = (angled?.[2] ?? entry).trim();
    if (address === '') return [];
    const name = (angled?.[1] ?? '').trim().replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
    return [{ name: decodeWords(name), address }];
  });
}
