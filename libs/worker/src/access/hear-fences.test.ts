import { budgetFenced } from '@holdfast/contracts';
import { parseTenantId } from '@holdfast/kernel';
import { InProcessEventBus, SilentLogger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { FenceBoard } from './fence-board.js';
import { hearFences } from './hear-fences.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const mailbox = { bucket: 'outlook', mailbox: 'u1' } as const;
const files = { bucket: 'sharepoint' } as const;

it('notes fences of one bucket and of all, as long as it hears, and only those of the tenant that it is bound to', async () => {
  const clock = new MovableClock(0);
  const bus = new InProcessEventBus({ clock, logger: new SilentLogger() });
  const [all, bound] = [new FenceBoard(clock), new FenceBoard(clock)];
  const hearing = await hearFences(bus, all);
  await hearFences(bus, bound, ours);
  const recalls = (fences: FenceBoard) =>
    [ours, theirs].map((tenant) => [fences.recalls(tenant, mailbox), fences.recalls(tenant, files)]);
  await bus.signal(budgetFenced, { tenantId: ours, bucket: 'outlook', mailbox: 'u1' });
  await bus.signal(budgetFenced, { tenantId: theirs, bucket: 'all', mailbox: '' });
  await hearing.close();
  await bus.signal(budgetFenced, { tenantId: ours, bucket: 'sharepoint', mailbox: '' });
  expect(recalls(all)).toEqual([
    [1, 0],
    [2, 2],
  ]);
  expect(recalls(bound)).toEqual([
    [1, 2],
    [0, 0],
  ]);
});
