/**
 * Works on inputs, `most` at the same time, and gives what comes of each as it is ready, in no order. The first failure,
 * also of the inputs themselves, ends the taking of inputs, and is thrown when what runs has ended and what came of it was given.
 */
export async function* fewAtOnce<Input, Result>(
  inputs: AsyncIterable<Input> | Iterable<Input>,
  most: number,
  work: (input: Input) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Set<Promise<void>>();
  const done: Result[] = [];
  const failures: unknown[] = [];
  try {
    for await (const input of inputs) {
      const task = work(input)
        .then(
          (result) => void done.push(result),
          (cause: unknown) => void failures.push(cause),
        )
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= most) await Promise.race(running);
      if (failures.length > 0) break;
      yield* done.splice(0);
    }
  } catch (cause) {
    failures.push(cause);
  } finally {
    await Promise.all(running);
  }
  yield* done;
  if (failures.length > 0) throw failures[0];
}
