import { type ResourceId, resourceIdOf } from '@holdfast/kernel';
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
});
