import { type ResourceId, resourceIdOf, SystemClock } from '@holdfast/kernel';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let user: string;
let resource: ResourceId;

beforeAll(async () => {
  world = await RestoreWorld.start();
  await world.fix({ 'drive.hash-comes-late': false });
  [user = ''] = await world.users('drive');
  resource = resourceIdOf('drive', user);
});
afterAll(() => world.close());

const at = async (path: string) => (await world.dump(user, 'drive')).find(({ key }) => key === path);
const mutate = (op: object) => world.mutate('drive', user, op);
const report = (planId: string) => world.show.report(world.tenant, planId, 'tester');

describe('a restore of a drive', () => {
  it('leaves a file alone that stands in a folder’s place, and tells that the folder is not there', async () => {
    await mutate({ op: 'create-folder', path: 'Contracts' });
    await mutate({ op: 'create-file', path: 'Contracts/lease.txt', text: 'lease' });
    const snapshot = await world.save('drive', user);
    await mutate({ op: 'delete', path: 'Contracts' });
    await mutate({ op: 'create-file', path: 'Contracts', text: 'a file' });
    const plan = await world.plan({ resource, snapshot });
    await world.perform(plan);
    expect((await at('Contracts'))?.fields['kind']).toBe('file');
    const { done, failed, verified, failures } = await report(plan.planId);
    expect({ done, failed, verified }).toEqual({ done: 0, failed: 2, verified: 0 });
    expect(failures.map(({ errorCode }) => errorCode)).toEqual(['CONFLICT', 'CONFLICT']);
  });

  it('leaves what was written while a large file was being uploaded over it', async () => {
    await mutate({ op: 'create-file', path: 'large.bin', content: { form: 'blocks', bytes: 25_000_000 } });
    const { id } = (await at('large.bin'))!;
    const snapshot = await world.save('drive', user);
    await mutate({ op: 'edit', itemId: id, text: 'written over' });
    const plan = await world.plan({ resource, snapshot, itemIds: [id] });
    await world.simulator.call('POST', '/faults', { fault: 'slow', ms: 1_500, match: { method: 'PUT' } });
    const performing = world.perform(plan);
    await new SystemClock().sleep(2_200);
    await mutate({ op: 'edit', itemId: id, text: 'the owner goes on' });
    const edited = (await at('large.bin'))!.contentHash;
    await performing;
    await world.simulator.call('DELETE', '/faults');
    expect((await at('large.bin'))!.contentHash).toBe(edited);
    expect(await report(plan.planId)).toMatchObject({ done: 0, failures: [{ errorCode: 'CONFLICT' }] });
    const again = await world.plan({ resource, snapshot, itemIds: [id] });
    await world.perform(again);
    expect(await report(again.planId)).toMatchObject({ done: 1, failed: 0, verified: 1 });
  });
});
