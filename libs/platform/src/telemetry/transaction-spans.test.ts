import { AppError } from '@holdfast/kernel';
import { startTestTelemetry } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from './in-span.js';
import { inTransactionSpan } from './transaction-spans.js';
import { carried } from './work-context.js';

it('a transaction has a span in a trace and none outside, with the code of a failure, and nothing hangs below it', async () => {
  const { end } = await startTestTelemetry();
  expect(await inTransactionSpan('auth', 'transaction', async () => 1)).toBe(1);
  let parent: string | undefined;
  await inSpan('request', { kind: SpanKind.INTERNAL, mayBegin: true }, async () => {
    await inTransactionSpan('auth', 'transaction', async () => (parent = carried().traceparent));
    const failing = inTransactionSpan('auth', 'sweep list-tenants', async () => {
      throw new AppError('CONFLICT', 'The subject hunter2 is there already.');
    });
    await expect(failing).rejects.toMatchObject({ code: 'CONFLICT' });
  });
  const { spans } = await end();
  const request = spans.find(({ name }) => name === 'request');
  expect(spans.map(({ name }) => name).sort()).toEqual(['auth sweep list-tenants', 'auth transaction', 'request']);
  for (const { name, parentSpanId } of spans) expect(parentSpanId).toBe(name === 'request' ? '' : request?.spanId);
  expect(parent).toContain(request?.spanId);
  expect(spans.find(({ name }) => name.startsWith('auth sweep'))?.attributes).toEqual({
    'db.system.name': 'postgresql',
    'db.namespace': 'auth',
    'error.type': 'CONFLICT',
  });
});
