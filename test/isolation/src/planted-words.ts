const BASE64_GROUP = 3;

/** A text, or bytes, that must not lie about, and what it is. */
export interface Planted {
  readonly what: string;
  readonly text: string | Uint8Array;
}

/** How it may look that was encoded on its way: as it is, escaped for JSON or a URL, in hexadecimal, UTF-16 or base64. Each as bytes. */
function formsOf(text: string | Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const written = typeof text === 'string' ? writtenForms(text) : [];
  const ascii = [hex, hex.toUpperCase(), ...base64Forms(bytes)].map((form) => Buffer.from(form));
  return [bytes, ...written, ...ascii];
}

function writtenForms(text: string): readonly Buffer[] {
  const json = escaped(text);
  const forms = [json, escaped(json), encodeURIComponent(text), text.toLowerCase()];
  return [...forms.map((form) => Buffer.from(form)), Buffer.from(text, 'utf16le')];
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

/** Base64 at each place in a group; without the ends, which depend on what stands beside. */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((skipped) => {
    const rest = bytes.subarray(skipped);
    const core = rest.subarray(0, rest.length - (rest.length % BASE64_GROUP));
    return [core.toString('base64'), core.toString('base64url')];
  });
}

/** Which of the texts stand in these bytes, in any form. */
export function plantedIn(bytes: Uint8Array, planted: readonly Planted[]): readonly string[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return planted.filter(({ text }) => formsOf(text).some((form) => haystack.includes(form))).map(({ what }) => what);
}
