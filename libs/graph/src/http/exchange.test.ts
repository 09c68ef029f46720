import { describe, expect, it } from '@jest/globals';
import { Exchange } from './exchange.js';
import type { HeaderMap } from './headers.js';

/** A connection that notes what it is told. */
class Connection {
  readonly rawHeaders = null;
  readonly rawTrailers = null;
  aborted = false;
  paused = false;
  reason: Error | null = null;

  abort(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

const piece = (bytes: number) => Buffer.alloc(bytes, 1);

function begun(signal?: AbortSignal, headers: HeaderMap = { 'content-type': 'text/plain' }) {
  const connection = new Connection();
  const exchange = new Exchange(signal);
  exchange.onRequestStart(connection);
  exchange.onResponseStart(connection, 200, headers);
  return { connection, exchange };
}

describe('Exchange', () => {
  it('tells the head, then the pieces in order, whether they are waited for or wait', async () => {
    const { connection, exchange } = begun();
    expect(await exchange.head).toEqual({ status: 200, headers: { 'content-type': 'text/plain' } });
    exchange.onResponseData(connection, piece(1));
    exchange.onResponseData(connection, piece(2));
    expect((await exchange.next())?.length).toBe(1);
    expect((await exchange.next())?.length).toBe(2);
    const third = exchange.next();
    exchange.onResponseData(connection, piece(3));
    expect((await third)?.length).toBe(3);
    const last = exchange.next();
    exchange.onResponseEnd();
    expect(await last).toBeUndefined();
    expect(await exchange.next()).toBeUndefined();
  });

  it.each(['waited for', 'held'])('gives a body that is known to be small in one piece, %s', async (how) => {
    const { connection, exchange } = begun(undefined, { 'content-length': '6' });
    const early = how === 'waited for' ? exchange.next() : undefined;
    for (const bytes of [1, 2, 3]) exchange.onResponseData(connection, Buffer.alloc(bytes, bytes));
    exchange.onResponseEnd();
    expect(Buffer.from((await (early ?? exchange.next()))!).toString('hex')).toBe('010202030303');
    expect(await exchange.next()).toBeUndefined();
    expect(connection.paused).toBe(false);
  });

  it('gives nothing of a small body that broke off', async () => {
    const { connection, exchange } = begun(undefined, { 'content-length': '6' });
    const early = exchange.next();
    exchange.onResponseData(connection, piece(5));
    exchange.onResponseError(connection, new Error('reset'));
    await expect(early).rejects.toThrow('reset');
    await expect(exchange.next()).rejects.toThrow('reset');
  });

  it.each([{ 'content-length': '0' }, { 'content-length': '70000' }])(
    'gives a body of %j as it comes',
    async (headers) => {
      const { connection, exchange } = begun(undefined, headers);
      const bytes = Number(headers['content-length']) / 2;
      const first = exchange.next();
      if (bytes > 0) {
        exchange.onResponseData(connection, piece(bytes));
        expect((await first)?.length).toBe(bytes);
      }
      exchange.onResponseEnd();
      expect(await (bytes > 0 ? exchange.next() : first)).toBeUndefined();
    },
  );

  it('passes over what comes before the answer', async () => {
    const exchange = new Exchange();
    const connection = new Connection();
    exchange.onResponseStart(connection, 103, {});
    exchange.onResponseStart(connection, 204, {});
    expect(await exchange.head).toMatchObject({ status: 204 });
  });

  it('has the connection wait while too much waits for its reader', async () => {
    const { connection, exchange } = begun();
    for (let count = 0; count < 3; count += 1) exchange.onResponseData(connection, piece(64 * 1024));
    expect(connection.paused).toBe(true);
    await exchange.next();
    expect(connection.paused).toBe(true);
    await exchange.next();
    expect(connection.paused).toBe(false);
  });

  it('gives what came before a break, then the break', async () => {
    const { connection, exchange } = begun();
    exchange.onResponseData(connection, piece(5));
    exchange.onResponseError(connection, new Error('other side closed'));
    expect((await exchange.next())?.length).toBe(5);
    await expect(exchange.next()).rejects.toThrow('other side closed');
  });

  it('rejects the head where no answer came', async () => {
    const exchange = new Exchange();
    exchange.onResponseError(undefined, new Error('refused'));
    await expect(exchange.head).rejects.toThrow('refused');
  });

  it('ends the connection when its signal is aborted, before and after the request has begun', async () => {
    const stop = new AbortController();
    const { connection, exchange } = begun(stop.signal);
    const early = new Exchange(stop.signal);
    const reading = exchange.next();
    stop.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
    await expect(early.head).rejects.toThrow('stopped');
    expect(connection.reason).toEqual(new Error('stopped'));
    const late = new Connection();
    early.onRequestStart(late);
    expect(late.aborted).toBe(true);
  });

  it('gives a body at once, unless it is longer than allowed', async () => {
    const short = begun();
    for (const bytes of [2, 3]) short.exchange.onResponseData(short.connection, piece(bytes));
    short.exchange.onResponseEnd();
    expect((await short.exchange.whole(5))?.length).toBe(5);
    const long = begun();
    long.exchange.onResponseData(long.connection, piece(6));
    expect(await long.exchange.whole(5)).toBeUndefined();
    expect(long.connection.aborted).toBe(true);
  });

  it('receives a short body that nobody wants and cuts a long one off', async () => {
    const short = begun();
    short.exchange.onResponseData(short.connection, piece(1_000));
    short.exchange.onResponseEnd();
    await short.exchange.discard();
    expect(short.connection.aborted).toBe(false);
    const long = begun();
    const discarded = long.exchange.discard();
    for (let count = 0; count < 3; count += 1) {
      long.exchange.onResponseData(long.connection, piece(64 * 1024));
      await Promise.resolve();
    }
    await discarded;
    expect(long.connection.aborted).toBe(true);
  });
});
