/** Bytes of an id for a `bytea` column. */
export const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');
