/** Where chance comes from: a function that fills `bytes` octets. Real code passes `crypto.randomBytes`, tests a seeded one. */
export type RandomBytes = (bytes: number) => Uint8Array;
