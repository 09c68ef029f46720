const TOKEN = /^hf_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** The two halves of a key's text: an id that may be shown, and 256 random bits that may not. */
export interface ApiKeyToken {
  /** 16 hexadecimal digits. */
  readonly keyId: string;
  /** 43 base64url characters. */
  readonly secret: string;
}

/** `hf_<id>_<secret>`, as it stands in an Authorization header. */
export function formatToken({ keyId, secret }: ApiKeyToken): string {
  return `hf_${keyId}_${secret}`;
}

/** Undefined for a text that no key has. */
export function parseToken(text: string): ApiKeyToken | undefined {
  const [, keyId, secret] = TOKEN.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}
