import { Rng } from '../../core/rng.js';
import { builtBytes } from './built-bytes.js';
import { NoiseSource } from './byte-source.js';

const MIN_BYTES = 8_000;
const MAX_BYTES = 120_000;
const START = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
const SCAN = Buffer.from('ffda0008010100003f00', 'hex');
const END = Buffer.from('ffd9', 'hex');

/** A JPEG by its markers (ITU T.81, annex B) with noise for a scan; the name alone fixes every byte. */
export function pictureBytes(name: string): Uint8Array {
  return builtBytes.get(`picture:${name}`, () => drawn(name));
}

function drawn(name: string): Buffer {
  const length = new Rng(name).derive('picture').int(MIN_BYTES, MAX_BYTES);
  const scan = Buffer.from(new NoiseSource(`picture:${name}`, length).read(0, length));
  // In a scan 0xFF starts a marker, so it must not come up.
  for (let at = scan.indexOf(0xff); at >= 0; at = scan.indexOf(0xff, at)) scan[at] = 0xfe;
  return Buffer.concat([START, SCAN, scan, END]);
}
