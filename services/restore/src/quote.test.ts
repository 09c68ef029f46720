import { resourceIdOf } from '@holdfast/kernel';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);

interface Line {
  readonly bucket: string;
  readonly route: string;
  readonly requests: number;
  readonly cost: number;
  readonly bytesIn: number;
}

let world: RestoreWorld;
beforeAll(async () => {
  world = await RestoreWorld.start();
  await world.fix({ 'drive.hash-comes-late': false });
  const { limits } = world;
  const mailUpload = { ...limits.mailUpload, amount: 500_000, atOnce: 500_000 };
  world.limits = { ...limits, mailUpload, driveMinute: { ...limits.driveMinute, amount: 10, atOnce: 10 } };
});
afterAll(() => world.close());

describe('the quote of a restore plan', () => {
  it.each([
    ['mail', 'outlook', 'mailbox-upload'],
    ['drive', 'sharepoint', 'drive-minute'],
  ] as const)('of %s is met within a fifth by what Microsoft is asked for', async (workload, bucket, binding) => {
    const [user = '', other = ''] = await world.users(workload);
    const snapshot = await world.save(workload, user);
    const source = { resource: resourceIdOf(workload, user), snapshot, target: resourceIdOf(workload, other) };
    const plan = await world.plan(source, { targetFolder: 'Quoted' });
    await world.simulator.call('DELETE', '/log');
    await world.perform(plan);
    expect(world.told.failed).toEqual([]);
    const { totals } = (await world.simulator.call('GET', '/log/totals')) as { totals: readonly Line[] };
    const asked = totals.filter((line) => line.bucket === bucket || line.route.includes('upload'));
    const sum = (field: 'requests' | 'bytesIn') => asked.reduce((total, line) => total + line[field], 0);
    const met = (is: number, quoted: number) => expect(Math.abs(is / quoted - 1)).toBeLessThan(0.2);
    met(sum('requests'), plan.counts.requests);
    met(sum('bytesIn'), plan.counts.uploadBytes);
    const cost = asked.reduce((total, line) => total + (line.bucket === 'sharepoint' ? line.cost : 0), 0);
    if (workload === 'drive') met(cost, plan.counts.units);
    expect(plan.counts.bindingLimit).toBe(binding);
  });
});
