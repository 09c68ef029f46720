import { type ResourceId, resourceIdOf } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let user: string;
let other: string;
let resource: ResourceId;

beforeAll(async () => {
  world = await RestoreWorld.start();
  [user = '', other = ''] = await world.users('mail');
  resource = resourceIdOf('mail', user);
});
afterAll(() => world.close());
beforeEach(() => {
  world.told.failed.length = 0;
});

const messages = async (of = user) => (await world.dump(of, 'mail')).filter(({ kind }) => kind === 'message');
const report = (planId: string) => world.show.report(world.tenant, planId, 'tester');
const failCreations = (rule: object) =>
  world.simulator.call('POST', '/faults', { ...rule, match: { method: 'POST', path: 'messages$' } });
const noFaults = () => world.simulator.call('DELETE', '/faults');

describe('a restore with failures in a row', () => {
  it('goes on after Microsoft was away, and makes everything once', async () => {
    const snapshot = await world.save('mail', user);
    const source = { resource, snapshot, target: resourceIdOf('mail', other) };
    const plan = await world.plan(source, { targetFolder: 'Away' });
    await failCreations({ fault: '503' });
    await world.perform(plan);
    await noFaults();
    expect(world.told.failed).toMatchObject([{ canRetry: true }]);
    expect(await report(plan.planId)).toMatchObject({ failed: 0 });
    await world.perform(plan);
    expect(await report(plan.planId)).toMatchObject({ failed: 0 });
    const made = (await messages(other)).filter(({ fields }) => String(fields['folder']).includes('Away'));
    expect(made).toHaveLength((await messages()).length);
  });

  it('goes on with a few, too, none of which could be made', async () => {
    const snapshot = await world.save('mail', user);
    const itemIds = (await messages()).slice(0, 10).map(({ id }) => id);
    const source = { resource, snapshot, itemIds, target: resourceIdOf('mail', other) };
    const plan = await world.plan(source, { targetFolder: 'Few' });
    await failCreations({ fault: '503' });
    await world.perform(plan);
    await noFaults();
    expect(world.told.failed).toMatchObject([{ canRetry: true }]);
    await world.perform(plan);
    expect(await report(plan.planId)).toMatchObject({ failed: 0 });
  });

  it('does the rest where more than 25 items in a row were changed since the plan', async () => {
    const snapshot = await world.save('mail', user);
    const change = (message: string, colour: string) =>
      world.mutate('mail', user, { op: 'update', message, fields: { categories: [`${colour} category`] } });
    for (const { id, fields } of await messages()) if (fields['isDraft'] === false) await change(id, 'Red');
    const plan = await world.plan({ resource, snapshot });
    const { rows } = await world.show.steps(world.tenant, plan.planId, 'tester', { size: 500, token: '' });
    const planned = rows.filter(({ action }) => action === 'overwrite').map(({ itemId }) => itemId);
    for (const id of planned.slice(0, -6)) await change(id, 'Blue');
    await world.perform(plan);
    expect(world.told.failed).toEqual([]);
    expect(await report(plan.planId)).toMatchObject({ done: 6, failed: planned.length - 6 });
  });
});
