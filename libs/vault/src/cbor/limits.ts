/** How deep maps and arrays may nest, so that a hostile object cannot exhaust the stack. */
export const MAX_CBOR_DEPTH = 64;

/** Bytes of the largest CBOR item that is read, unless the caller knows better. */
export const MAX_CBOR_BYTES = 16 * 1024 * 1024;
