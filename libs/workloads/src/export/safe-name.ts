/** Names that Windows keeps for devices, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;
/** What no file system of a customer may be given: separators, wildcards, control and direction-changing characters. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\\/:*?"<>|\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const MAX_BYTES = 180;

/**
 * A name that any file system takes and that leads nowhere: no separators, no `..`, no device, no trailing dot or space, at most 180
 * bytes with its extension kept. A good name stays as it is.
 */
export function safeName(name: string): string {
  const plain = name
    .replace(FORBIDDEN, '_')
    .replace(/[. ]+$/, '')
    .replace(/^ +/, '');
  const named = plain === '' || /^\.+$/.test(plain) ? '_' : plain;
  return shortened(RESERVED.test(named) ? `_${named}` : named);
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = /\.[^.]{1,20}$/.exec(name)?.[0] ?? '';
  let stem = '';
  for (const letter of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + letter + extension) > MAX_BYTES) break;
    stem += letter;
  }
  return stem + extension;
}
