import { AppError, isAppError } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Check } from './check-report.js';
import { type Destination, type PutTerms } from './destination.port.js';

/** What a test writes. */
export const TEST_BYTES = Buffer.from('Holdfast was here to test the destination.\n');
export const TEST_TERMS: PutTerms = {
  bytes: TEST_BYTES.byteLength,
  sha256: createHash('sha256').update(TEST_BYTES).digest('hex'),
  ifAbsent: true,
};

/** Does with one object what a backup does, and deletes it. `keep` tries to write a second one of its name. */
export function objectChecks(destination: Destination, name: string, keep: Check['run']): Check[] {
  return [
    {
      step: 'write',
      run: async () => {
        await destination.put(name, TEST_BYTES, TEST_TERMS);
        return 'An object was written.';
      },
    },
    { step: 'keep', run: keep },
    {
      step: 'read',
      run: async () => {
        if (!TEST_BYTES.equals(await buffer(await destination.get(name))))
          throw new AppError(
            'STORE_REJECTED',
            'The object reads back with other bytes than were written. Do not use this service.',
          );
        return 'The object reads back as it was written.';
      },
    },
    {
      step: 'list',
      run: async () => {
        for await (const found of destination.list(name)) if (found.name === name) return 'The object is listed.';
        throw new AppError(
          'STORE_REJECTED',
          'The object is not listed after it was written. Use a service with consistent listings.',
        );
      },
    },
    {
      step: 'delete',
      run: async () => {
        const deletion = await destination.delete(name);
        if (deletion.is === 'locked') return { warning: lockedInWords(deletion.until) };
        if (await destination.head(name))
          throw new AppError('STORE_REJECTED', 'The object is still there after it was deleted.');
        return 'The object was deleted.';
      },
    },
  ];
}

/** Whether a service that can refuse a taken name does so; `remedy` is what to do where it does not. */
export async function secondIsRefused(
  destination: Destination,
  name: string,
  remedy: string,
): Promise<string | { readonly warning: string }> {
  try {
    await destination.put(name, TEST_BYTES, TEST_TERMS);
  } catch (error) {
    if (isAppError(error, 'OBJECT_EXISTS')) return 'A second object of the same name is refused (If-None-Match).';
    throw error;
  }
  return {
    warning: `The service ignores If-None-Match, so it cannot itself keep an object from being overwritten. ${remedy}`,
  };
}

function lockedInWords(until: number | undefined): string {
  const end = until === undefined ? 'a hold is taken off it' : new Date(until).toISOString();
  return `The destination locks what is written there: the test's object stays until ${end}. Backups work; what they no longer need takes room until its lock has ended.`;
}
