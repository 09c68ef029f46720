import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Section } from './messages.js';
import { packSections, packStreams, unpackSections, unpackStreams } from './packed-messages.js';

const section: fc.Arbitrary<Section> = fc.record({
  stream: fc.maxSafeNat(),
  form: fc.constantFrom('bytes' as const, 'mime' as const, 'data' as const, 'meta' as const),
  from: fc.nat(),
  to: fc.nat(),
  then: fc.constantFrom('more' as const, 'end' as const, 'abandon' as const),
});
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const finished = fc.record({
  stream: fc.maxSafeNat(),
  sha256: bytes(32),
  chunks: fc.nat(4).chain((count) => bytes(32 * count)),
  depth: fc.nat(6),
  stats: fc.record({
    originalBytes: fc.maxSafeNat(),
    chunks: fc.nat(),
    newChunks: fc.nat(),
    newBytes: fc.maxSafeNat(),
    storedBytes: fc.maxSafeNat(),
    dedupedBytes: fc.maxSafeNat(),
  }),
});

describe('packed messages', () => {
  it('bring sections over as they were', () => {
    fc.assert(
      fc.property(fc.array(section), (sections) => expect(unpackSections(packSections(sections))).toEqual(sections)),
    );
  });

  it('bring finished streams over as they were', () => {
    fc.assert(
      fc.property(fc.array(finished), (streams) => expect(unpackStreams(packStreams(streams))).toEqual(streams)),
    );
  });
});
