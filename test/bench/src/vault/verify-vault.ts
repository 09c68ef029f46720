// What one measured process does: reads every byte of a vault's packs, as a deep check does: each pack against its name, which is its hash, and
// its trailer against itself.
import { readPackContents } from '@holdfast/vault';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { readState } from './vault-state.js';

const READS = 4;

const { values } = parseArgs({ options: { state: { type: 'string', default: '' } } });
const { destination, keys } = await readState(values.state);
const packs = destination.list('packs/');
let [count, total] = [0, 0];

async function work(): Promise<void> {
  for await (const { name, bytes } of packs) {
    const hash = createHash('sha256');
    for await (const piece of await destination.get(name)) hash.update(piece as Uint8Array);
    if (hash.digest('hex') !== basename(name))
      throw new Error(`The bytes of ${name} are not those that it is named by.`);
    const read = (offset: number, length: number) => destination.read(name, { offset, length });
    await readPackContents(read, bytes, keys.indexKey);
    [count, total] = [count + 1, total + bytes];
  }
}

await Promise.all(Array.from({ length: READS }, work));
process.stdout.write(`${JSON.stringify({ packs: count, bytes: total })}\n`);
