import { describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, ours, rows, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();

describe('the audit trail', () => {
  it('is listed with who did what on which ids', async () => {
    const entry = {
      number: 7,
      atMs: NOW,
      actor: 'a1',
      action: 'job.stop',
      outcome: 'done',
      target: { jobId: 'j1' },
      requestId: 'r',
      previousHash: '0',
      hash: '1',
    };
    api().answers({ ...world, [`GET ${ours}/audit?pageSize=100`]: rows(entry) });
    const { out } = await api().run(['audit']);
    expect(out).toMatch(/7 .*a1 .*job\.stop .*done .*jobId=j1/);
  });

  it.each([
    ['changed', 'Entry 3 is not what was written: it was changed.'],
    ['removed', 'Entry 3 was removed.'],
    ['inserted', 'Entry 3 was put in afterwards.'],
    ['reordered', 'entries were reordered'],
    ['cut-off', 'The trail ends before entry 3'],
    ['rewritten', 'written anew up to entry 3'],
  ])('fails the command when it was %s, and says so', async (fault, words) => {
    api().answers({ 'GET audit/verification': { ok: false, entries: 2, firstBroken: 3, fault } });
    const { code, err } = await api().run(['audit', 'verify', '--provider']);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });

  it.each([
    ['7:00ff', 'entry=7:00ff'],
    ['holdfast-audit-1.x', 'checkpoint=holdfast-audit-1.x'],
  ])('is held against the head %s that an answer or the log told', async (head, query) => {
    api().answers({ [`GET audit/verification?${query}`]: { ok: false, entries: 6, firstBroken: 7, fault: 'cut-off' } });
    const { code, err } = await api().run(['audit', 'verify', '--provider', '--expect', head]);
    expect([code, err]).toEqual([1, expect.stringContaining('The trail ends before entry 7')]);
  });

  it('is held against the checkpoint of a file, which is written anew when it is whole and kept when it is not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-cli-'));
    const file = join(folder, 'checkpoint');
    const verify = () => api().run(['audit', 'verify', '--provider', '--checkpoint', file]);
    try {
      api().answers({ 'GET audit/verification': { ok: true, entries: 2, checkpoint: 'first' } });
      expect((await verify()).code).toBe(0);
      expect(await readFile(file, 'utf8')).toBe('first\n');
      api().answers({
        'GET audit/verification?checkpoint=first': { ok: false, entries: 1, firstBroken: 2, fault: 'cut-off' },
      });
      expect((await verify()).err).toContain('cut off');
      expect(await readFile(file, 'utf8')).toBe('first\n');
      api().answers({ 'GET audit/verification?checkpoint=first': { ok: true, entries: 4, checkpoint: 'second' } });
      await verify();
      expect(await readFile(file, 'utf8')).toBe('second\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is held against one thing at a time', async () => {
    const { code } = await api().run(['audit', 'verify', '--provider', '--checkpoint', 'x', '--expect', '1:00']);
    expect(code).toBe(2);
  });
});
