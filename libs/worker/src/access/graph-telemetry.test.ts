import { startTestTelemetry } from '@holdfast/testkit';
import { inSpan, SpanKind } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';
import { GraphTelemetry } from './graph-telemetry.js';

const request = { method: 'GET', route: '/v1.0/users/{id}/messages', bucket: 'outlook' } as const;

describe('GraphTelemetry', () => {
  it('measures each try by how it ended, and each repetition by its cause', async () => {
    const { end } = await startTestTelemetry();
    const graph = new GraphTelemetry();
    await inSpan('task', { kind: SpanKind.INTERNAL, mayBegin: true }, async () => {
      for (const status of [200, 429, 503, 404]) await graph.sending(request, async () => ({ status }));
      const broken = graph.sending(request, () => Promise.reject(new Error('https://host/hunter2 is reset')));
      await expect(broken).rejects.toThrow('reset');
      graph.repeated('outlook', 'GRAPH_THROTTLED');
    });
    const told = await end();
    const tries = (outcome: string) => told.sum('holdfast.graph.requests', { bucket: 'outlook', outcome });
    expect(['answered', 'throttled', 'refused', 'failed'].map(tries)).toEqual([1, 2, 1, 1]);
    expect(told.sum('holdfast.graph.retries', { reason: 'GRAPH_THROTTLED' })).toBe(1);
    expect(told.sum('http.client.request.duration', { 'url.template': request.route })).toBe(5);
    const names = told.spans.map(({ name, status }) => `${name} ${status}`);
    expect(names.filter((name) => name.startsWith('GET'))).toEqual([
      ...Array.from({ length: 4 }, () => `GET ${request.route} 0`),
      `GET ${request.route} 2`,
    ]);
    expect(JSON.stringify(told.spans)).not.toContain('hunter2');
  });
});
