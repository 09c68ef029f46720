const SLICES = 16;
const SLICE_BYTES = 256;
/**
 * Bits a byte above which 256 bytes are taken for noise. Random bytes have 7.17 ± 0.03 by this measure (256 samples of
 * 256 symbols), base64 5.8, text and markup 4 to 5.
 */
const NOISE_BITS = 6.9;

const counts = new Uint16Array(256);
const bitsOf = Float64Array.from({ length: SLICE_BYTES + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(SLICE_BYTES / n)));

/** Order-0 entropy of 256 bytes from `at`, in bits a byte. */
function entropy(bytes: Uint8Array, at: number): number {
  counts.fill(0);
  for (let i = at; i < at + SLICE_BYTES; i++) {
    const byte = bytes[i] as number;
    counts[byte] = (counts[byte] as number) + 1;
  }
  let bits = 0;
  for (const count of counts) bits += bitsOf[count] as number;
  return bits / SLICE_BYTES;
}

/** Where up to 16 samples spread over the bytes begin; none where they are too short to tell. */
function samplesOf(bytes: Uint8Array): readonly number[] {
  if (bytes.byteLength < 2 * SLICE_BYTES) return [];
  const slices = Math.min(SLICES, Math.floor(bytes.byteLength / SLICE_BYTES));
  const step = (bytes.byteLength - SLICE_BYTES) / Math.max(1, slices - 1);
  return Array.from({ length: slices }, (_, slice) => Math.floor(slice * step));
}

const isNoise = (bytes: Uint8Array, at: number) => entropy(bytes, at) >= NOISE_BITS;

/**
 * Whether trying to compress may pay: one of the samples is not noise. Compressed and encrypted content is noise everywhere; finding that
 * out by compressing costs fifty times as much.
 */
export function looksCompressible(bytes: Uint8Array): boolean {
  const samples = samplesOf(bytes);
  return samples.length === 0 || samples.some((at) => !isNoise(bytes, at));
}

/**
 * Whether most of it is noise, as of Office files, pictures and video, which begin with a head that is not: what the beginning of a long content
 * says of the rest.
 */
export function isMostlyNoise(bytes: Uint8Array): boolean {
  const samples = samplesOf(bytes);
  return 2 * samples.filter((at) => isNoise(bytes, at)).length > samples.length;
}
