import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CONFLICT_POLICIES } from './domain/plan-step.js';
import type { TargetAccess } from './app/target-access.port.js';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let user: string;
let other: string;
let resource: ResourceId;
let snapshot: SnapshotId;

beforeAll(async () => {
  world = await RestoreWorld.start();
  [user = '', other = ''] = await world.users('mail');
  resource = resourceIdOf('mail', user);
  snapshot = await world.save('mail', user);
});
afterAll(() => world.close());
beforeEach(() => {
  world.told.failed.length = 0;
});

const messages = async (of = user) => (await world.dump(of, 'mail')).filter(({ kind }) => kind === 'message');
const report = (planId: string) => world.show.report(world.tenant, planId, 'tester');
const mutate = (op: object) => world.mutate('mail', user, op);

describe('a plan of mail', () => {
  it('has nothing to do for a draft that was put back, whatever the policy, and sees when it says something else', async () => {
    const draft = (await messages()).find(({ fields }) => fields['isDraft'] === true)!;
    for (const folder of ['junkemail', draft.fields['folderId']])
      await mutate({ op: 'move', message: draft.id, folder });
    for (const itemIds of [[draft.id], []])
      for (const policy of CONFLICT_POLICIES) {
        const { counts } = await world.plan({ resource, snapshot, itemIds }, { policy });
        expect(counts).toMatchObject({ create: 0, overwrite: 0, keepBoth: 0 });
        if (itemIds.length > 0) expect(counts).toMatchObject({ unchanged: 1, skip: 0 });
      }
    await mutate({ op: 'update', message: draft.id, fields: { subject: 'Later words' } });
    for (const itemIds of [[draft.id], []])
      expect((await world.plan({ resource, snapshot, itemIds })).counts).toMatchObject({ overwrite: 1 });
  });
});

describe('a restore of mail', () => {
  it('puts a message back itself where a copy of it was kept beside it meanwhile', async () => {
    const message = (await messages()).find(({ fields }) => fields['isDraft'] === false)!;
    await mutate({ op: 'update', message: message.id, fields: { categories: ['Red category'] } });
    const source = { resource, snapshot, itemIds: [message.id] };
    const plan = await world.plan(source);
    await world.perform(await world.plan(source, { policy: 'keep-both' }));
    await world.perform(plan);
    expect(await report(plan.planId)).toMatchObject({ done: 1, failed: 0, verified: 1 });
    const twins = (await messages()).filter(
      ({ fields }) => fields['internetMessageId'] === message.fields['internetMessageId'],
    );
    expect(twins.map(({ id }) => id)).toContain(message.id);
    expect(twins.map(({ fields }) => fields['categories'])).toEqual(twins.map(() => message.fields['categories']));
    expect(twins).toHaveLength(2);
  });

  it('makes no message again that stands at the target and could not be read, nor a copy', async () => {
    const place = { resource, snapshot, target: resourceIdOf('mail', other) };
    await world.perform(await world.plan(place));
    const before = { own: await messages(), copies: await messages(other) };
    const access = world.access.bind(world);
    world.access = (target) => unreadable(access(target));
    for (const source of [{ resource, snapshot }, place]) {
      const plan = await world.plan(source);
      expect(plan.counts).toMatchObject({ create: 0 });
      await world.perform(plan);
    }
    world.access = access;
    expect((await messages()).map(({ id }) => id).sort()).toEqual(before.own.map(({ id }) => id).sort());
    expect(await messages(other)).toHaveLength(before.copies.length);
  });
});

/** A mailbox of which no message can be read when it is listed. */
function unreadable(access: TargetAccess): TargetAccess {
  const { reader } = access;
  const enumerate: typeof reader.enumerate = async function* (...args) {
    for await (const change of reader.enumerate(...args))
      if (change.type !== 'item' || change.record.kind !== 'message') yield change;
      else {
        const { id, record } = change;
        const { kind, parentId = '' } = record;
        yield { type: 'unreadable', id, kind, parentId, error: new Error('not now') };
      }
  };
  const listed = Object.create(reader, { enumerate: { value: enumerate } }) as typeof reader;
  return { ...access, reader: listed };
}
