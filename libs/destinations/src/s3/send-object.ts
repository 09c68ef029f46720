import { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Place } from '../destination.port.js';
import { s3AnswerError } from './s3-errors.js';
import { type transportOf } from './s3-endpoint.js';

/** Longest error document that is read, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Makes the request of a place with a body; resolves when the service has acknowledged the object. */
export async function sendObject(
  place: Place,
  body: AsyncIterable<Uint8Array>,
  { transport, agent }: { transport: ReturnType<typeof transportOf>; agent: Agent },
): Promise<void> {
  const request = transport.request(place.url, { method: place.method, headers: place.headers, agent });
  const answered = answerOf(request);
  // An answer may come before the body is through (a refusal), and then the body's own failure says nothing.
  const sent = pipeline(Readable.from(body, { objectMode: false }), request).catch((thrown: unknown) => {
    request.destroy();
    return { thrown };
  });
  const first = await Promise.race([answered, sent]);
  if (first && 'thrown' in first) throw first.thrown;
  const answer = await answered;
  const status = answer.statusCode ?? 0;
  const text = await textOf(answer);
  if (status < 200 || status > 299) throw s3AnswerError(status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]);
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  answered.catch(() => undefined);
  return answered;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > MAX_ANSWER_BYTES) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
