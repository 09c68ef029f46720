import { AppError } from '@holdfast/kernel';

/** More than this for one small object is a hang. */
const PATIENCE_MS = 5_000;

/** What a reader made of bytes: an answer, or a refusal by name. Whatever else it throws is thrown on: a bug. */
export type Reading<Answer> = { readonly answer: Answer } | { readonly refusal: AppError };

export async function answerOrRefusal<Answer>(read: () => Answer | Promise<Answer>): Promise<Reading<Answer>> {
  const startedAt = performance.now();
  const reading = await outcomeOf(read);
  const tookMs = performance.now() - startedAt;
  if (tookMs > PATIENCE_MS) throw new Error(`reading took ${tookMs} ms`);
  return reading;
}

async function outcomeOf<Answer>(read: () => Answer | Promise<Answer>): Promise<Reading<Answer>> {
  try {
    return { answer: await read() };
  } catch (error) {
    if (error instanceof AppError && error.code !== 'INTERNAL') return { refusal: error };
    throw error;
  }
}
