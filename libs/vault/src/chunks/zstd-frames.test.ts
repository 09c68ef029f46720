import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { zstdDecompressSync } from 'node:zlib';
import { mostFrameBytes, ZstdFrames } from './zstd-frames.js';

const random = seededRandomBytes('zstd-frames');
const text = (bytes: number): Buffer => Buffer.alloc(bytes, Buffer.from(random(5000)).toString('base64'));

describe('ZstdFrames', () => {
  it('makes frames that do not depend on those before', () => {
    const frames = new ZstdFrames(2);
    const plains = [text(20_000), random(70_000), text(1), text(1_000_000), Buffer.alloc(3_000_000), text(20_000)];
    for (const plain of plains) {
      const target = Buffer.alloc(7 + mostFrameBytes(plain.byteLength));
      const bytes = frames.write(plain, target, 7);
      const frame = target.subarray(7, 7 + bytes);
      expect(zstdDecompressSync(frame).equals(plain)).toBe(true);
      const alone = Buffer.alloc(mostFrameBytes(plain.byteLength));
      expect(frame.equals(alone.subarray(0, new ZstdFrames(2).write(plain, alone, 0)))).toBe(true);
    }
  });

  it('says that the room was too small rather than give half a frame', () => {
    const plain = random(50_000);
    expect(() => new ZstdFrames(1).write(plain, Buffer.alloc(20_000), 0)).toThrow('did not fit');
  });
});
