import { brokenAnswer, changedWhileRead } from '../http/error-body.js';
import type { GraphClient } from '../graph-client.js';
import { GraphFailure } from '../graph-failure.js';
import type { BudgetDemand } from '../budget/request-budget.port.js';
import type { OpenAnswer } from '../http/open-answer.js';
import { Tries } from '../http/retry-policy.js';

/** Content behind an address that carries its own right. */
export interface Download {
  /** Asks Graph for the address; again when the one in use has expired. The first answer may be one that came with a listing. */
  readonly address: (isRenewal: boolean, signal: AbortSignal | undefined) => Promise<string>;
  /** Bytes that the content must have; undefined when the source does not say. */
  readonly bytes: number | undefined;
  readonly demand: BudgetDemand;
}

/** How often an address is renewed without a byte in between before the refusal counts. */
const RENEWALS = 3;
/** So many whole answers without a byte that is new are no accident any more: the content is shorter by now, or empty. */
const EMPTY_ANSWERS = 3;

/**
 * The content's bytes in order, each once. A connection that breaks is taken up again where it broke; the answers of one download
 * have to be of one version (`ETag`) and of the length that the source said, else CONFLICT: read the item afresh; a hash is the caller's to check.
 */
export async function* download(
  client: GraphClient,
  source: Download,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reading: Reading = { done: 0, empties: 0, etag: undefined, url: await source.address(false, signal) };
  let renewals = 0;
  let tries = new Tries();
  for (;;) {
    const before = reading.done;
    try {
      yield* readOn(client, source, reading, signal);
      return;
    } catch (error) {
      if (reading.done > before) {
        renewals = 0;
        tries = new Tries();
      }
      if (isShorter(error) || reading.empties === EMPTY_ANSWERS) throw changedWhileRead();
      if (isExpired(error) && renewals < RENEWALS) {
        renewals += 1;
        reading.url = await source.address(true, signal);
      } else {
        await client.waitOrThrow(error, tries, signal);
      }
    }
  }
}

interface Reading {
  done: number;
  /** Answers one after the other that were whole and held nothing new, where more was expected. */
  empties: number;
  etag: string | undefined;
  url: string;
}

async function* readOn(client: GraphClient, source: Download, reading: Reading, signal: AbortSignal | undefined) {
  if (source.bytes !== undefined && source.bytes > 0 && reading.done >= source.bytes) return;
  const from = reading.done;
  const headers: Record<string, string> = reading.done === 0 ? {} : { range: `bytes=${reading.done}-` };
  const answer = await client.openPreauthenticated({ url: reading.url, headers, demand: source.demand }, signal);
  await checkVersion(answer, reading);
  let skip = answer.status === 206 ? 0 : reading.done;
  for await (const piece of answer.pieces()) {
    const fresh = skip === 0 ? piece : piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - fresh.length;
    if (fresh.length === 0) continue;
    reading.done += fresh.length;
    yield fresh;
  }
  if (source.bytes !== undefined && reading.done < source.bytes) {
    reading.empties = reading.done > from ? 0 : reading.empties + 1;
    throw brokenAnswer(new Error('content ended early'));
  }
  if (source.bytes !== undefined && reading.done > source.bytes) {
    throw changedWhileRead();
  }
}

async function checkVersion(answer: OpenAnswer, reading: Reading): Promise<void> {
  const etag = answer.headers['etag'];
  if (typeof etag !== 'string') return;
  if (reading.done > 0 && reading.etag !== undefined && reading.etag !== etag) {
    await answer.discard();
    throw changedWhileRead();
  }
  reading.etag = etag;
}

/** Where the rest should begin, the content has ended: it is another one by now. */
function isShorter(error: unknown): boolean {
  return error instanceof GraphFailure && error.status === 416;
}

/** [Graph documentation: api/driveitem-get-content.md: the address lives for minutes] */
function isExpired(error: unknown): boolean {
  return (
    error instanceof GraphFailure &&
    [401, 403, 404, 410].includes(error.status) &&
    error.graphCode !== 'malwaredetected'
  );
}
