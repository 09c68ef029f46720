import { describe, expect, it } from '@jest/globals';
import { JOB, NOW, PLACE, SET, activity, job, ours, report, rows, useFakeApi, world } from '../api-world.suite.js';
import { errorOf } from '../fake-api.suite.js';

const api = useFakeApi();
const at = `${ours}/backup-sets/${SET}`;
const said = {
  jobId: JOB,
  dryRun: true,
  isErasing: true,
  decidedAtMs: 1_700_000_000_000,
  shares: [
    {
      verdict: 'condemn',
      because: 'nothing-needed',
      packs: 3,
      bytes: 3 * 2 ** 20,
      neededBytes: 0,
      lockedBytes: 2 ** 20,
      lockedUntilMs: Date.UTC(2031, 4, 6),
    },
    {
      verdict: 'keep',
      because: 'named-by-newest',
      packs: 7,
      bytes: 7 * 2 ** 20,
      neededBytes: 6 * 2 ** 20,
      lockedBytes: 0,
    },
  ],
  waitingObjects: 2,
  waitingBytes: 2 ** 20,
  waiting: [
    { destinationId: PLACE, waitsFor: 'copies', objects: 1, bytes: 2 ** 19 },
    { destinationId: PLACE, waitsFor: 'lock', objects: 1, bytes: 2 ** 19, untilMs: Date.UTC(2032, 4, 6) },
  ],
  lockedBytes: 2 ** 19,
  lockedUntilMs: Date.UTC(2032, 4, 6),
  needed: { byOne: 2 ** 21, bySeveral: 2 ** 22 },
};

describe('a space freeing', () => {
  it('is tried, watched, and says what it would do', async () => {
    const ended = `event: activity\ndata: ${JSON.stringify({ ...activity, state: 'completed' })}\n\nevent: end\ndata: {}\n\n`;
    api().answers({
      ...world,
      [`POST ${at}/freeing-jobs`]: { ...job, kind: 'freeing', state: 'running' },
      [`GET ${ours}/jobs/${JOB}/activity`]: ended,
      [`GET ${ours}/jobs/${JOB}/report`]: {
        ...report,
        housekeeping: [
          { cause: 'packsToFree', items: 1 },
          { cause: 'bytesToFree', items: 2048 },
        ],
      },
    });
    const { code, out } = await api().run(['freeing', 'run', '--dry-run', '--watch']);
    expect(code).toBe(0);
    expect(api().sent(`POST ${at}/freeing-jobs`)).toEqual({ dryRun: true });
    expect(out).toContain('Packs that nothing needs, would be freed: 1');
    expect(out).toContain('Bytes that would be freed: 2.0 KiB');
  });

  it('shows the packs and bytes of each reason, and what waits to be deleted', async () => {
    const settings = { kind: 'folder', path: '/b' };
    const there = {
      destinationId: PLACE,
      displayName: 'There',
      kind: 'folder',
      settings,
      createdAtMs: NOW,
      version: 1,
    };
    api().answers({ ...world, [`GET ${ours}/destinations`]: rows(there), [`GET ${at}/freeing-report`]: said });
    const { out } = await api().run(['freeing', 'show']);
    expect(out).toMatch(/Dry run of .*, job/);
    expect(out).toMatch(/condemn +no snapshot needs anything of it +3 +3\.0 MiB +0 B +2031-05-06 .*\(1\.0 MiB\)/);
    expect(out).toMatch(/keep +the newest snapshot of a resource names it +7 +7\.0 MiB +6\.0 MiB/);
    expect(out).toContain('Waiting to be deleted at destinations: 2 objects, 1.0 MiB');
    expect(out).toMatch(/There: 1, 512 KiB, for copies that it lacks of what came before\n/);
    expect(out).toMatch(/There: 1, 512 KiB, locked, or behind snapshots that are, the last until 2032-05-06/);
    expect(out).toMatch(/destinations keep locked: 2032-05-06 .*\(512 KiB\)/);
    expect(out).toMatch(/One snapshot alone needs 2\.0 MiB .*; several need 4\.0 MiB, freed when the last/);
    const { out: json } = await api().run(['freeing', 'show', '--json']);
    expect(JSON.parse(json)).toEqual(said);
  });

  it('goes by ids where the key may not read destinations', async () => {
    const refused = { status: 403, body: errorOf('PERMISSION_DENIED', 'Your key may not do this.') };
    api().answers({ ...world, [`GET ${ours}/destinations`]: refused, [`GET ${at}/freeing-report`]: said });
    const { code, out } = await api().run(['freeing', 'show']);
    expect([code, out]).toEqual([0, expect.stringContaining(`${PLACE}: 1, 512 KiB, for copies`)]);
  });

  it('shows what each snapshot alone needs, and says that only a dry run looks', async () => {
    const share = {
      snapshotId: 'ab'.repeat(32),
      resourceId: 'mail.u1',
      number: 7,
      jobStartedAtMs: Date.UTC(2031, 4, 6),
      bytes: 3 * 2 ** 20,
    };
    const rows = `${at}/freeing-report/snapshots?pageSize=1000`;
    api().answers({ ...world, [`GET ${rows}`]: { rows: [share] } });
    const { out } = await api().run(['freeing', 'show', '--snapshots']);
    expect(out).toMatch(/mail\.u1 +7 +2031-05-06 .* abababababab +3\.0 MiB/);
    api().answers({ ...world, [`GET ${rows}`]: { rows: [] } });
    expect((await api().run(['freeing', 'show', '--snapshots'])).out).toContain('only a dry run');
  });
});
