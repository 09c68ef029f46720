import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { mostFrameBytes, ZstdFrameReader, ZstdFrames } from './zstd-frames.js';

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

describe('ZstdFrameReader', () => {
  const reader = new ZstdFrameReader();
  const plain = text(300_000);
  const frame = zstdCompressSync(plain);
  const isRead = (bytes: Uint8Array, size = plain.byteLength) => reader.read(bytes, Buffer.alloc(size));

  it('reads frames of any length, one after the other', () => {
    for (const content of [text(20_000), random(70_000), text(1), Buffer.alloc(0), Buffer.alloc(3_000_000)]) {
      const target = Buffer.alloc(content.byteLength);
      expect(reader.read(zstdCompressSync(content), target)).toBe(true);
      expect(target.equals(content)).toBe(true);
    }
  });

  it('refuses what is not one frame of that many bytes, and reads a sound frame after each', () => {
    const broken = frame.map((byte, at) => (at === 40 ? byte ^ 0xff : byte));
    const behind = Buffer.concat([frame, frame]);
    for (const bytes of [broken, frame.subarray(0, -1), frame.subarray(0, 2), behind, random(500), Buffer.alloc(0)]) {
      expect(isRead(bytes)).toBe(false);
      expect(isRead(frame)).toBe(true);
    }
    for (const size of [0, 1, plain.byteLength - 1, plain.byteLength + 1]) {
      expect(isRead(frame, size)).toBe(false);
      expect(isRead(frame)).toBe(true);
    }
  });
});
