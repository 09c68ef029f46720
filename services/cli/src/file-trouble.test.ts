import { describe, expect, it } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { fileTrouble } from './file-trouble.js';

const caught = (work: Promise<unknown>) => work.then(() => undefined, fileTrouble);

describe('fileTrouble', () => {
  it('names the file where there is one', async () => {
    const here = import.meta.filename;
    expect(await caught(readFile('/no/such'))).toBe('There is no /no/such.');
    expect(await caught(mkdir(here, { recursive: true }))).toBe(`${here} is there already.`);
    expect(await caught(mkdir(join(here, 'below'), { recursive: true }))).toContain('is no folder');
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(fileTrouble(full)).toContain('no room left');
  });

  it('leaves other errors to others', async () => {
    const [refused] = (await once(connect(9, '127.0.0.1'), 'error').catch((error: unknown) => [error])) as [unknown];
    expect(refused).toMatchObject({ syscall: 'connect' });
    expect([refused, new Error('x'), 'x', undefined].map(fileTrouble)).toEqual(Array(4).fill(undefined));
  });
});
