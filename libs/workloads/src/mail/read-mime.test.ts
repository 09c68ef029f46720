import { customCloud, GraphClient, LocalBudget, RETRY_LIMITS, type Transport } from '@holdfast/graph';
import { SystemClock } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { MailReader } from './mail-reader.js';
import type { SourceRecord } from '../reader.port.js';

const clock = new SystemClock();
const never = new AbortController().signal;

/** A client whose requests are answered in turn. */
function answering(...answers: readonly { readonly status: number; readonly body: string }[]): GraphClient {
  const left = [...answers];
  const request = async () => {
    const { status, body } = left.shift()!;
    const pieces = body === '' ? [] : [Buffer.from(body)];
    const next = async () => pieces.shift();
    return {
      status,
      headers: {},
      body: { next, whole: next, discard: async () => undefined, cutOff: () => undefined },
    };
  };
  return new GraphClient({
    cloud: customCloud({ name: 'x', loginBaseUrl: 'https://login.test', graphBaseUrl: 'https://graph.test' }),
    ...{ transport: { request } as unknown as Transport, clock, random: randomBytes },
    tokens: { getToken: async () => 't', invalidate: () => undefined },
    budget: new LocalBudget({ clock, size: { licences: 10, users: 10 } }),
    retry: { ...RETRY_LIMITS, firstWaitMs: 1 },
  });
}

describe('a message', () => {
  const record: SourceRecord = {
    ...{ kind: 'message', parentId: 'inbox', name: 'Budget', bytes: 0, changeTag: 'k', contentTag: 't' },
    ...{ properties: {}, contentForm: 'mime' },
  };
  const mime = 'Subject: Budget\r\n\r\nHello\r\n';

  it.each([
    { status: 200, body: '' },
    { status: 202, body: '' },
    { status: 204, body: '' },
    { status: 302, body: '<html>moved</html>' },
  ])('whose MIME is answered with %j is asked for again', async (odd) => {
    const reading = new MailReader(answering(odd, { status: 200, body: mime }), 'u').readContent('m', record, never);
    expect(Buffer.concat(await Array.fromAsync(reading)).toString()).toBe(mime);
  });
});
