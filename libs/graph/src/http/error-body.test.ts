import { describe, expect, it } from '@jest/globals';
import { failureFrom } from './error-body.js';

const body = (code: string, inner?: object) =>
  JSON.stringify({ error: { code, message: 'Anna’s Budget.xlsx', innerError: inner } });

describe('failureFrom', () => {
  it.each([
    [404, body('ErrorItemNotFound'), 'GRAPH_NOT_FOUND'],
    [403, body('ErrorAccessDenied'), 'GRAPH_DENIED'],
    [410, body('resyncRequired', { code: 'resyncChangesApplyDifferences' }), 'CURSOR_LOST'],
    [410, '', 'CURSOR_LOST'],
    [400, body('SyncStateNotFound'), 'CURSOR_LOST'],
    [429, body('ApplicationThrottled'), 'GRAPH_THROTTLED'],
    [503, body('activityLimitReached', { code: 'throttledRequest' }), 'GRAPH_THROTTLED'],
    [409, body('ErrorFolderExists'), 'ALREADY_EXISTS'],
    [409, body('somethingNew'), 'CONFLICT'],
    [500, '<html>', 'GRAPH_UNAVAILABLE'],
    [404, '', 'GRAPH_UNAVAILABLE'],
    [418, body('teapot'), 'GRAPH_UNEXPECTED'],
  ])('%d %s is %s', (status, text, code) => {
    expect(failureFrom(status, {}, text).code).toBe(code);
  });

  it('names the code and never repeats Microsoft’s text, which names people and files', () => {
    const failure = failureFrom(403, { 'request-id': 'r1' }, body('ErrorAccessDenied'));
    expect(failure.message).toContain('403 ErrorAccessDenied');
    expect(failure.message).not.toContain('Anna');
    expect(failure.details.context).toEqual({ status: 403, graphCode: 'ErrorAccessDenied', requestId: 'r1' });
  });

  it('carries the fresh start of a lost delta token', () => {
    const location = 'https://graph.microsoft.com/v1.0/drives/d/root/delta?token=fresh';
    expect(failureFrom(410, { location }, body('resyncRequired')).location).toBe(location);
  });
});
