import type { Address } from '../content/letter.js';

const ATOM = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]*$/;
const PRINTABLE = /^[\x20-\x7e]*$/;
/** UTF-8 octets in one encoded word: 45 become 60 characters of base64, below the limit of 75 (RFC 2047, 2). */
const WORD_OCTETS = 45;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** RFC 5322 date, in UTC. */
export function mimeDate(at: number): string {
  const date = new Date(at);
  const day = `${DAYS[date.getUTCDay()] ?? ''}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

/** Unstructured header text: as it is when printable ASCII, otherwise encoded words of base64 (RFC 2047). */
export function headerText(text: string): string {
  if (PRINTABLE.test(text) && !text.includes('=?')) return fold(text);
  const words: string[] = [];
  let word = '';
  for (const char of text) {
    if (Buffer.byteLength(word) + Buffer.byteLength(char) > WORD_OCTETS) {
      words.push(word);
      word = '';
    }
    word += char;
  }
  words.push(word);
  return words.map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}

function fold(text: string): string {
  if (text.length <= 70) return text;
  return text.replace(/(.{50,70}?) (?=\S)/g, '$1\r\n ');
}

function mailbox(address: Address): string {
  if (address.name === '' || address.name === address.address) return address.address;
  if (!PRINTABLE.test(address.name)) return `${headerText(address.name)} <${address.address}>`;
  const name = ATOM.test(address.name) ? address.name : `"${address.name.replace(/[\\"]/g, '\\$&')}"`;
  return `${name} <${address.address}>`;
}

/** An address list, one address on each line. */
export function addressList(addresses: readonly Address[]): string {
  return addresses.map(mailbox).join(',\r\n ');
}

/** `; filename="a.txt"`, or RFC 2231's `; filename*=utf-8''…` where the name is not ASCII. */
export function parameter(name: string, value: string): string {
  if (PRINTABLE.test(value)) return `;\r\n ${name}="${value.replace(/[\\"]/g, '\\$&')}"`;
  const escaped = encodeURIComponent(value).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `;\r\n ${name}*=utf-8''${escaped}`;
}
