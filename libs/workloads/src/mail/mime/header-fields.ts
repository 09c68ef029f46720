import libmime from 'libmime';

/** The header of a message or a part: fields in their order, names in lower case, values unfolded but not decoded. */
export class HeaderFields {
  readonly #fields: readonly (readonly [name: string, value: string])[];

  constructor(bytes: Uint8Array) {
    const text = toText(bytes).replace(/\r?\n(?=[ \t])/g, '');
    this.#fields = text.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon <= 0 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const];
    });
  }

  first(name: string): string | undefined {
    return this.#fields.find((field) => field[0] === name)?.[1];
  }

  /** The field's text with its encoded words decoded. */
  text(name: string): string | undefined {
    const value = this.first(name);
    return value === undefined ? undefined : libmime.decodeWords(value);
  }

  /** A field with parameters: the value in lower case, parameters decoded (RFC 2231, and encoded words as mailers write them). */
  structured(name: string): StructuredField {
    const parsed = libmime.parseHeaderValue(this.first(name) ?? '');
    const parameter = (key: string) => {
      const value = parsed.params[key];
      return value === undefined || parsed.decodedParams.includes(key) ? value : libmime.decodeWords(value);
    };
    return { value: parsed.value.toLowerCase().trim(), parameter };
  }
}

export interface StructuredField {
  readonly value: string;
  parameter(name: string): string | undefined;
}

/** Headers are ASCII by the book and UTF-8 or Latin-1 in the wild. */
function toText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.includes('\uFFFD') ? Buffer.from(bytes).toString('latin1') : text;
}
