import { AppError } from '@holdfast/kernel';
import type { BudgetDemand } from '../budget/request-budget.port.js';
import type { GraphClient } from '../graph-client.js';
import { GraphFailure } from '../graph-failure.js';
import { unexpectedAnswer } from '../http/error-body.js';
import type { OpenAnswer } from '../http/open-answer.js';
import { fragments } from './fragments.js';

/** Every piece of a file's upload but the last is a multiple of this. [Graph documentation: api/driveitem-createuploadsession.md] */
const DRIVE_STEP_BYTES = 320 * 1024;
/** Piece of a file's upload: 10 MiB, as the same page advises. */
export const DRIVE_FRAGMENT_BYTES = 32 * DRIVE_STEP_BYTES;
/** Piece of an attachment's upload; at most 4 MB. [Graph documentation: concepts/outlook-large-attachments.md] */
export const ATTACHMENT_FRAGMENT_BYTES = 12 * DRIVE_STEP_BYTES;

export interface Upload {
  /** Address that the session was created with; it carries its own right. */
  readonly url: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
  readonly fragmentBytes: number;
  /** Demand of one piece. */
  readonly demand: BudgetDemand;
  /** Called before the last of several pieces, with which the content is stored; throws where it is not to be, and the session is ended. */
  readonly beforeLast?: () => Promise<void>;
}

/** What the last piece was answered with. */
export interface UploadEnd {
  /** The item made, unchecked; undefined where the service only gives its address, or nothing that can be read. */
  readonly item: unknown;
  readonly location: string | undefined;
}

/**
 * Sends the content through an upload session, piece by piece, asking the session where it stands after a failure. One piece is in
 * memory. A session that ended (GRAPH_NOT_FOUND, or status 401 for an address that ran out) is the caller's to begin again, after a look
 * whether the item was made.
 */
export async function upload(client: GraphClient, source: Upload, signal?: AbortSignal): Promise<UploadEnd> {
  let sent = 0;
  let end: UploadEnd | undefined;
  for await (const piece of fragments(source.content, source.fragmentBytes)) {
    if (sent > 0 && sent + piece.length === source.bytes) await mayStore(client, source, signal);
    end = await sendPiece(client, source, { at: sent, bytes: piece }, signal);
    sent += piece.length;
  }
  if (sent !== source.bytes) {
    throw new AppError('INTERNAL', `An upload of ${source.bytes} bytes was given ${sent}.`);
  }
  if (end === undefined) throw unexpectedAnswer('the last piece of an upload is answered with 200 or 201');
  return end;
}

async function mayStore(client: GraphClient, source: Upload, signal: AbortSignal | undefined): Promise<void> {
  try {
    await source.beforeLast?.();
  } catch (error) {
    // A session that stays ends by itself, later.
    const { url, demand } = source;
    await client
      .openPreauthenticated({ method: 'DELETE', url, demand }, signal)
      .then((answer) => answer.text())
      .catch(() => undefined);
    throw error;
  }
}

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

async function sendPiece(
  client: GraphClient,
  source: Upload,
  piece: Piece,
  signal: AbortSignal | undefined,
): Promise<UploadEnd | undefined> {
  try {
    return await put(client, source, piece, signal);
  } catch (error) {
    if (!(error instanceof GraphFailure) || error.status !== 416) throw error;
    const next = await nextExpected(client, source, signal);
    const have = next - piece.at;
    if (have < 0 || have > piece.bytes.length) throw error;
    if (have === piece.bytes.length) return undefined;
    return put(client, source, { at: next, bytes: piece.bytes.subarray(have) }, signal);
  }
}

async function put(client: GraphClient, source: Upload, { at, bytes }: Piece, signal: AbortSignal | undefined) {
  const answer = await client.openPreauthenticated(
    {
      method: 'PUT',
      url: source.url,
      headers: { 'content-range': `bytes ${at}-${at + bytes.length - 1}/${source.bytes}` },
      bytes: { type: 'application/octet-stream', content: bytes },
      demand: source.demand,
    },
    signal,
  );
  const text = await answer.text();
  return answer.status === 202 || at + bytes.length < source.bytes ? undefined : endOf(answer, text);
}

async function nextExpected(client: GraphClient, source: Upload, signal: AbortSignal | undefined): Promise<number> {
  const answer = await client.openPreauthenticated({ url: source.url, demand: source.demand }, signal);
  const range = /"nextExpectedRanges"\s*:\s*\[\s*"(\d+)/.exec(await answer.text())?.[1];
  if (range === undefined) throw unexpectedAnswer('an upload session names its nextExpectedRanges');
  return Number(range);
}

function endOf(answer: OpenAnswer, text: string): UploadEnd {
  const location = answer.headers['location'];
  return {
    item: itemIn(text),
    location: typeof location === 'string' ? location : undefined,
  };
}

/** The content is stored by then: an answer that breaks off takes nothing back. */
function itemIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
