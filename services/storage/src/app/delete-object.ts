import type { Deletion, Destination } from '@holdfast/destinations';
import { AppError } from '@holdfast/kernel';

/** Deletes an object, and looks whether it has gone: what certificates say of deletions rests on this. STORE_UNAVAILABLE where it has not. */
export async function deleteObject(destination: Destination, name: string): Promise<Deletion> {
  const answer = await destination.delete(name);
  if (answer.is !== 'deleted' || !(await destination.head(name))) return answer;
  throw new AppError(
    'STORE_UNAVAILABLE',
    'The destination said that it has deleted an object, and holds it still. It is tried again; if this goes on, delete it there.',
    { context: { object: name } },
  );
}
