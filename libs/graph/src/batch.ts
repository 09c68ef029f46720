import { AppError } from '@holdfast/kernel';
import type { BudgetDemand } from './budget/request-budget.port.js';
import type { GraphClient } from './graph-client.js';
import type { GraphFailure } from './graph-failure.js';
import { failureFrom, unexpectedAnswer } from './http/error-body.js';
import type { HeaderMap } from './http/headers.js';
import { Tries } from './http/retry-policy.js';

/** Members of one batch, at most. [Graph documentation: concepts/json-batching.md] */
export const BATCH_MEMBERS = 20;

/** A GET inside a batch: its path below `/v1.0`. Writes are sent one by one, so that each has its own certainty. */
export interface BatchMember {
  readonly path: string;
}

/** What one member came to: its JSON, or why not. */
export type BatchResult = { readonly value: unknown } | { readonly failure: GraphFailure };

export interface Batch {
  readonly members: readonly BatchMember[];
  /** What the members use together: Microsoft counts each by itself. All of one batch fall to one scope. */
  readonly demand: BudgetDemand;
}

/** Reads up to twenty things by one POST; members that fail in passing are asked for again, alone. Results are in the members' order. */
export async function readBatch(
  client: GraphClient,
  batch: Batch,
  signal?: AbortSignal,
): Promise<readonly BatchResult[]> {
  if (batch.members.length > BATCH_MEMBERS) {
    throw new AppError('INTERNAL', `A batch has at most ${BATCH_MEMBERS} members, not ${batch.members.length}.`);
  }
  const results = new Map<number, BatchResult>();
  const refused = new Set<number>();
  let open = [...batch.members.keys()];
  const tries = new Tries();
  while (open.length > 0) {
    const answers = await post(client, batch, open, signal);
    for (const [index, result] of answers) {
      results.set(index, result);
      if ('failure' in result) client.heed(batch.demand, result.failure);
    }
    const failures = open.flatMap((index) => retriable(results.get(index), index, refused));
    if (failures.length === 0) break;
    const patient = failures.filter(({ failure }) => failure.patience !== 'none');
    const longest = patient.toSorted((a, b) => waitOf(b.failure) - waitOf(a.failure))[0];
    try {
      if (longest) await client.waitOrThrow(longest.failure, tries, signal);
    } catch (error) {
      if (error === longest?.failure) break;
      throw error;
    }
    open = failures.map(({ index }) => index);
  }
  return [...batch.members.keys()].map((index) => results.get(index) ?? missing());
}

async function post(client: GraphClient, batch: Batch, indexes: readonly number[], signal: AbortSignal | undefined) {
  const requests = indexes.map((index) => ({
    id: String(index),
    method: 'GET',
    url: batch.members[index]?.path,
    headers: { prefer: 'IdType="ImmutableId"' },
  }));
  const share = indexes.length / batch.members.length;
  const demand = { ...batch.demand, cost: Math.ceil(batch.demand.cost * share) };
  const answer = await client.json(
    { method: 'POST', path: '/$batch', demand, json: { requests }, isRepeatable: true },
    signal,
  );
  return resultsIn(answer);
}

function resultsIn(answer: unknown): Map<number, BatchResult> {
  if (typeof answer !== 'object' || answer === null || !('responses' in answer) || !Array.isArray(answer.responses)) {
    throw unexpectedAnswer('a batch answers with an array named responses');
  }
  return new Map(answer.responses.map(resultOf));
}

function resultOf(response: unknown): [number, BatchResult] {
  if (typeof response !== 'object' || response === null || !('id' in response) || !('status' in response)) {
    throw unexpectedAnswer('each response of a batch has an id and a status');
  }
  const status = Number(response.status);
  const body: unknown = 'body' in response ? response.body : undefined;
  if (status < 400) return [Number(response.id), { value: body }];
  const text = body === undefined || body === '' ? '' : JSON.stringify(body);
  return [Number(response.id), { failure: failureFrom(status, headersOf(response), text) }];
}

function headersOf(response: object): HeaderMap {
  if (!('headers' in response) || typeof response.headers !== 'object' || response.headers === null) return {};
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

/** A token may end between two members of any batch, and the next one brings another: each member may be refused once. */
function retriable(
  result: BatchResult | undefined,
  index: number,
  refused: Set<number>,
): { index: number; failure: GraphFailure }[] {
  const failure = result === undefined ? missing().failure : 'failure' in result ? result.failure : undefined;
  if (failure === undefined) return [];
  const isFirstRefusal = failure.status === 401 && !refused.has(index);
  if (isFirstRefusal) refused.add(index);
  return isFirstRefusal || failure.patience !== 'none' ? [{ index, failure }] : [];
}

function waitOf(failure: GraphFailure): number {
  return failure.details.retryAfterMs ?? 0;
}

function missing(): { failure: GraphFailure } {
  return { failure: unexpectedAnswer('a batch answers each member') };
}
