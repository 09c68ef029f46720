import type { FindMissingRequest, FindMissingResponse } from '@holdfast/contracts/storage/v1';
import { AppError, parseChunkId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import type { GrpcConnection } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { ChunkQuestions } from './chunk-questions.js';

const id = (digit: string) => parseChunkId(digit.repeat(64));
const [a, b, c] = [id('a'), id('b'), id('c')] as const;

/** Storage that lacks every chunk but `a`, and refuses the grant `old`. */
function storage() {
  const calls: FindMissingRequest[] = [];
  const held: (() => void)[] = [];
  const findMissing = async (request: FindMissingRequest): Promise<FindMissingResponse> => {
    calls.push(request);
    await new Promise<void>((resolve) => held.push(resolve));
    if (request.questions.some(({ grant }) => grant === 'old'))
      throw new AppError('GRANT_REFUSED', 'Another holder has taken over the task.');
    return {
      missingChunkIds: request.questions.map(({ chunkIds }) =>
        Buffer.concat(
          [a, b, c]
            .filter((known) => known !== a && chunkIds.includes(known, 0, 'hex'))
            .map((known) => Buffer.from(known, 'hex')),
        ),
      ),
    };
  };
  const questions = new ChunkQuestions({ client: () => ({ findMissing }) } as unknown as GrpcConnection, {
    tenantId: parseTenantId('aaaaaaaa-0000-4000-8000-000000000000'),
    vaultId: parseVaultId('bbbbbbbb-0000-4000-8000-000000000000'),
  });
  /** Lets all calls through until nobody asks any more. */
  const run = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      held.shift()?.();
      await setImmediate();
    }
  };
  return { questions, calls, run };
}

const grants = (calls: readonly FindMissingRequest[]) =>
  calls.map(({ questions }) => questions.map(({ grant }) => grant));

describe('ChunkQuestions', () => {
  it('asks for all tasks in one call, each under its own grant', async () => {
    const { questions, calls, run } = storage();
    const answers = Promise.all([
      questions.of({ grant: 'one' }).findMissing([a, b]),
      questions.of({ grant: 'two' }).findMissing([c]),
    ]);
    await run();
    expect(await answers).toEqual([new Set([b]), new Set([c])]);
    expect(grants(calls)).toEqual([['one', 'two']]);
  });

  it('gathers what is asked while a call is under way', async () => {
    const { questions, calls, run } = storage();
    const first = questions.of({ grant: 'one' }).findMissing([a]);
    await setImmediate();
    const later = ['two', 'three'].map((grant) => questions.of({ grant }).findMissing([b]));
    await run();
    expect(await first).toEqual(new Set());
    expect(await Promise.all(later)).toEqual([new Set([b]), new Set([b])]);
    expect(grants(calls)).toEqual([['one'], ['two', 'three']]);
  });

  it('refuses only the task whose grant is', async () => {
    const { questions, run } = storage();
    const refused = expect(questions.of({ grant: 'old' }).findMissing([a])).rejects.toMatchObject({
      code: 'GRANT_REFUSED',
    });
    const answered = questions.of({ grant: 'new' }).findMissing([a, c]);
    await run();
    await refused;
    expect(await answered).toEqual(new Set([c]));
  });

  it('keeps a call to what storage takes', async () => {
    const { questions, calls, run } = storage();
    const many = Array.from({ length: 700 }, () => b);
    const answers = Promise.all(['one', 'two', 'three'].map((grant) => questions.of({ grant }).findMissing(many)));
    await run();
    expect(await answers).toHaveLength(3);
    expect(grants(calls)).toEqual([['one'], ['two'], ['three']]);
  });
});
