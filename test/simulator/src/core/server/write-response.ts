import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { SimResponse } from '../route.js';

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

function isStream(body: NonNullable<SimResponse['body']>): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}

/** A whole body as bytes. */
export async function drain(body: SimResponse['body']): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (!isStream(body)) return Buffer.from(JSON.stringify(body));
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends the answer and returns the bytes of its body that were sent; breaks the connection where it is told to. */
export async function writeResponse(
  res: ServerResponse,
  response: SimResponse,
  breakAfterBytes?: number,
): Promise<number> {
  const { status, headers = {}, body } = response;
  if (body === undefined) return finish(res, status, headers, Buffer.alloc(0), breakAfterBytes);
  if (!isStream(body) || Buffer.isBuffer(body)) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const type =
      typeof body === 'string' ? 'text/plain' : Buffer.isBuffer(body) ? 'application/octet-stream' : JSON_TYPE;
    return finish(res, status, { 'Content-Type': type, ...headers }, bytes, breakAfterBytes);
  }
  res.writeHead(status, { 'Content-Type': 'application/octet-stream', ...headers });
  return writeStream(res, body, breakAfterBytes);
}

function finish(
  res: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: Buffer,
  breakAfterBytes: number | undefined,
): number {
  res.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
  if (breakAfterBytes === undefined) {
    res.end(bytes);
    return bytes.length;
  }
  const part = bytes.subarray(0, breakAfterBytes);
  res.write(part, () => res.destroy());
  return part.length;
}

/** Resolves when the reader has caught up or gone away; leaves no listener behind. */
async function room(res: ServerResponse): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(res, 'drain', { signal }), once(res, 'close', { signal })]).catch(() => undefined);
  settled.abort();
}

async function writeStream(
  res: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  breakAfterBytes?: number,
): Promise<number> {
  let sent = 0;
  for await (const chunk of body) {
    if (res.destroyed) return sent;
    const isLast = breakAfterBytes !== undefined && sent + chunk.length >= breakAfterBytes;
    const part = isLast ? chunk.subarray(0, breakAfterBytes - sent) : chunk;
    sent += part.length;
    const hasRoom = res.write(part);
    if (isLast) {
      res.destroy();
      return sent;
    }
    if (!hasRoom) await room(res);
  }
  res.end();
  return sent;
}
