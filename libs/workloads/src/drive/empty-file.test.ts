import { describe, expect, it } from '@jest/globals';
import { DriveReader } from './drive-reader.js';
import { itemSchema } from './drive-schema.js';
import { itemRecord } from './item-record.js';

const never = new AbortController().signal;

function read(file: object) {
  const told = itemSchema.parse({ id: 'f', name: 'plan.pdf', eTag: 'e', parentReference: { id: 'root' }, ...file });
  // Nobody is asked for anything: a request would fail.
  return new DriveReader(undefined as never, 'u').readContent('f', itemRecord(told), never).next();
}
const withHash = (quickXorHash: string) => ({ hashes: { quickXorHash } });

describe('a file of which the service tells no size', () => {
  it('is empty where it has the hash of nothing, or none', async () => {
    for (const file of [{}, withHash('AAAAAAAAAAAAAAAAAAAAAAAAAAA=')])
      expect(await read({ file, size: 0 })).toEqual({ done: true, value: { bytes: 0 } });
  });

  it('is not taken for an empty one where it has another hash', async () => {
    await expect(read({ file: withHash('aCgDG9jwBgAAAAAABQAAAAAAAAA=') })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
