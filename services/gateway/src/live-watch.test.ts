import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Observable, throwError } from 'rxjs';
import { JOB, OURS } from './fake-world.suite.js';
import { BOOTSTRAP, TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

describe('the live watch', () => {
  const watch = async () => {
    const response = await fetch(`${gateway.url}/${ours}/jobs/${JOB}/activity`, {
      headers: { authorization: `Bearer ${BOOTSTRAP}` },
    });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  it('sends each activity as an event, then the end', async () => {
    const { type, text } = await watch();
    expect(type).toBe('text/event-stream');
    const events = text.split('\n\n').filter(Boolean);
    expect(events.map((event) => event.split('\n')[0])).toEqual(['event: activity', 'event: activity', 'event: end']);
    expect(JSON.parse(events[1]?.split('data: ')[1] ?? '')).toMatchObject({ jobId: JOB, state: 'completed' });
  });

  it('stops asking when the watcher goes away', async () => {
    const left = new Promise<void>((resolve) => {
      gateway.fakes.answers.ActivityService['watchJob'] = () =>
        new Observable((subscriber) => {
          subscriber.next({ jobId: JOB, state: 'running', runningResourceIds: [] });
          return resolve;
        });
    });
    const gone = new AbortController();
    const response = await fetch(`${gateway.url}/${ours}/jobs/${JOB}/activity`, {
      headers: { authorization: `Bearer ${BOOTSTRAP}` },
      signal: gone.signal,
    });
    await response.body?.getReader().read();
    gone.abort();
    await left;
  });

  it('ends with the key that asked for it: a key is revoked at once', async () => {
    const key = await gateway.makeKey(`${ours}/api-keys`, 'customer-admin');
    const keyId = (await gateway.call('GET', 'caller', { key })).body as unknown as { keyId: string };
    let tell: (n: number) => void = () => undefined;
    gateway.fakes.answers.ActivityService['watchJob'] = () =>
      new Observable((subscriber) => {
        tell = (itemsDone) =>
          subscriber.next({ jobId: JOB, state: 'running', runningResourceIds: ['mail.ann'], itemsDone });
        tell(1);
        return () => subscriber.complete();
      });
    const gone = new AbortController();
    const response = await fetch(`${gateway.url}/${ours}/jobs/${JOB}/activity`, {
      headers: { authorization: `Bearer ${key}` },
      signal: gone.signal,
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    expect((await gateway.call('DELETE', `${ours}/api-keys/${keyId.keyId}`)).status).toBe(204);
    expect((await gateway.call('GET', 'caller', { key })).status).toBe(401);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    tell(2);
    const next = await Promise.race([
      reader.read().then(({ value }) => value ?? 'ended'),
      new Promise((resolve) => setTimeout(resolve, 2_000, 'nothing')),
    ]);
    gone.abort();
    expect(next).not.toContain('"itemsDone":2');
  }, 30_000);

  it('says so when the watch fails', async () => {
    const { watchJob } = gateway.fakes.answers.ActivityService;
    gateway.fakes.answers.ActivityService['watchJob'] = () =>
      throwError(() => new AppError('DEPENDENCY_UNAVAILABLE', 'The database is away.'));
    const { text } = await watch();
    expect(text).toContain('DEPENDENCY_UNAVAILABLE');
    expect(watchJob).toBeDefined();
  });

  it('lets whoever watches go when it stops, and says what to do', async () => {
    const stopping = await TestGateway.start({ STOP_WITHIN: '30s' });
    stopping.fakes.answers.ActivityService['watchJob'] = () =>
      new Observable((subscriber) => subscriber.next({ jobId: JOB, state: 'running', runningResourceIds: [] }));
    const response = await fetch(`${stopping.url}/tenants/${OURS}/jobs/${JOB}/activity`, {
      headers: { authorization: `Bearer ${BOOTSTRAP}` },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('event: activity');
    const closing = stopping.close();
    // Cut off, it would throw here.
    let text = '';
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    expect(text).toContain('event: error');
    expect(text).toContain('"code":"DEPENDENCY_UNAVAILABLE","message":"The service is being stopped. Ask again');
    await closing;
  }, 60_000);
});
