import { parseTenantId } from '@holdfast/kernel';
import type { LogFields, Logger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { parseCheckpoint } from '../domain/audit-checkpoint.js';
import { AppendToTrail } from './append-to-trail.js';
import type { AuditTrail, ChainedEntry, TrailOwner } from './audit-trail.port.js';
import type { CheckpointSigner } from './checkpoint-signer.port.js';
import { SignCheckpoint } from './sign-checkpoint.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const event = { actor: 'k', action: 'job.stop', outcome: 'asked', target: {}, errorCode: '', requestId: 'r' } as const;

/** A trail of entries that are numbers and hashes alone, which a test may cut, and what the log was told. */
function scene() {
  const entries: ChainedEntry[] = [];
  const told: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[] = [];
  let written = 0;
  const trail = {
    append: async (_: TrailOwner, given: typeof event, atMs: number) => {
      written += 1;
      const last = entries.at(-1);
      const place = { number: (last?.number ?? 0) + 1, previousHash: last?.hash ?? '0'.repeat(64) };
      const entry = { ...given, ...place, tenantId: ours, atMs, hash: String(written).padStart(64, '0') };
      entries.push(entry);
      return entry;
    },
  } as unknown as AuditTrail;
  const at = (level: string) => (message: string, fields?: LogFields) => void told.push({ level, message, fields });
  const logger = { info: at('info'), error: at('error') } as unknown as Logger;
  const signer = { keyId: '0'.repeat(16), sign: () => 'A'.repeat(86) } as unknown as CheckpointSigner;
  const clock = new MovableClock();
  const append = new AppendToTrail(trail, new SignCheckpoint(signer, clock), clock, logger);
  return {
    entries,
    append: () => append.run(ours, event),
    ends: () => {
      told.length = 0;
      append.tellEnds();
      return told.map(({ fields }) => parseCheckpoint(String(fields?.['checkpoint']))?.number);
    },
    errors: () => told.filter(({ level }) => level === 'error').map(({ fields }) => fields),
  };
}

describe('AppendToTrail', () => {
  it('answers a checkpoint of what it wrote, and tells the log of ends that are new to it, once', async () => {
    const { append, ends } = scene();
    expect(parseCheckpoint(await append())).toMatchObject({ tenantId: ours, number: 1 });
    expect(parseCheckpoint(await append())).toMatchObject({ number: 2 });
    expect(ends()).toEqual([2]);
    expect(ends()).toEqual([]);
    await append();
    expect(ends()).toEqual([3]);
  });

  it.each([1, 2, 3])('notices that the last %i entries that it wrote are gone', async (count) => {
    const { entries, append, errors, ends } = scene();
    for (let times = 0; times < 3; times += 1) await append();
    entries.splice(-count);
    await append();
    expect(errors()).toEqual([{ tenant: ours, known: 3, number: 4 - count }]);
    await append();
    expect(errors()).toHaveLength(1);
    expect(ends()).toEqual([5 - count]);
  });

  it('notices that the end was written anew, and not that others write too', async () => {
    const { entries, append, errors } = scene();
    await append();
    entries.push({ ...entries[0]!, number: 2, previousHash: entries[0]!.hash, hash: 'f'.repeat(64) });
    await Promise.all([append(), append(), append()]);
    expect(errors()).toEqual([]);
    entries.push({ ...entries.pop()!, hash: 'e'.repeat(64) });
    await append();
    expect(errors()).toHaveLength(1);
  });
});
