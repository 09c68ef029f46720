import { AppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../config/secret.js';
import { createLogger } from './json-logger.js';
import { withLogContext } from './log-context.js';

function recorded() {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: createLogger({ service: 'storage', level: 'debug', to }) };
}

describe('createLogger', () => {
  it('writes one JSON object a line with service, level and fields', () => {
    const { lines, logger } = recorded();
    logger.with({ part: 'packs' }).info('Pack placed', { packs: 3 });
    expect(lines).toEqual([
      { level: 'info', time: expect.any(String), service: 'storage', part: 'packs', packs: 3, message: 'Pack placed' },
    ]);
  });

  it('adds the ids of the work that is going on', async () => {
    const { lines, logger } = recorded();
    await withLogContext({ tenant: 't1' }, () =>
      withLogContext({ job: 'j1' }, async () => {
        await Promise.resolve();
        logger.warn('Slow');
      }),
    );
    logger.warn('Outside');
    expect(lines[0]).toMatchObject({ tenant: 't1', job: 'j1' });
    expect(lines[1]).not.toHaveProperty('tenant');
  });

  it('never writes what stands under a telling key, nor bytes', () => {
    const { lines, logger } = recorded();
    logger.info('Call', {
      clientSecret: 'hunter2',
      sas: 'hunter2',
      nested: { Authorization: 'hunter2', list: [{ accessToken: 'hunter2' }], rootKey: 'hunter2', keyId: 'k1' },
      url: new Secret('hunter2'),
      content: Buffer.from('hunter2'),
    });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({ nested: { keyId: 'k1' }, content: '[7 bytes]' });
  });

  it('writes an error with code, context and causes, and without what a driver hangs on it', () => {
    const { lines, logger } = recorded();
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (name)=(hunter2) exists' });
    logger.error('Failed', { error: new AppError('CONFLICT', 'Changed.', { context: { setId: 's1' }, cause }) });
    expect(lines[0]).toMatchObject({
      error: { code: 'CONFLICT', context: { setId: 's1' }, cause: { code: '23505', message: 'duplicate key' } },
    });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it.each([
    ['the text that is no JSON', () => JSON.parse('{"subject": hunter2}') as unknown],
    ['a value that PostgreSQL does not take', () => fail('invalid input syntax for type uuid: "hunter2"')],
    ['what opens a download link', () => fail('Failed to parse URL from https://h/content?tempauth=hunter2')],
  ])('leaves out of an unexpected error %s', (_, act) => {
    const { lines, logger } = recorded();
    const error = thrownBy(act);
    logger.error('Failed', { error: new AppError('INTERNAL', 'Broken.', { cause: error }) });
    expect(String(error)).toMatch(/hunter2/);
    expect(lines[0]).toMatchObject({ error: { cause: { message: expect.stringContaining('[left out]') } } });
    expect(JSON.stringify(lines)).not.toMatch(/hunter2/);
  });
});

function fail(message: string): never {
  throw new Error(message);
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
