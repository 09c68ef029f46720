import { type BudgetFenced, budgetFenced } from '@holdfast/contracts';
import { AppError, parseTenantId } from '@holdfast/kernel';
import { InProcessEventBus, SilentLogger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { BusWorkers } from './bus-workers.js';

const tenantId = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const common = { clock: new MovableClock(), logger: new SilentLogger() };

it('signals which of the tenant’s budgets is fenced', async () => {
  const bus = new InProcessEventBus(common);
  const heard: BudgetFenced[] = [];
  await bus.hear(budgetFenced, {}, (fence) => heard.push(fence));
  const workers = new BusWorkers(bus, common.logger);
  await workers.recall(tenantId, { service: 'outlook', mailbox: 'u1' });
  await workers.recall(tenantId, { service: 'sharepoint', mailbox: '' });
  await workers.recall(tenantId, 'all');
  expect(heard).toEqual([
    { tenantId, bucket: 'outlook', mailbox: 'u1' },
    { tenantId, bucket: 'sharepoint', mailbox: '' },
    { tenantId, bucket: 'all', mailbox: '' },
  ]);
});

class BrokenBus extends InProcessEventBus {
  override async signal(): Promise<never> {
    throw new AppError('DEPENDENCY_UNAVAILABLE', 'The bus is away.');
  }
}

it('fails nothing when the bus is away', async () => {
  const workers = new BusWorkers(new BrokenBus(common), common.logger);
  await expect(workers.recall(tenantId, 'all')).resolves.toBeUndefined();
});
