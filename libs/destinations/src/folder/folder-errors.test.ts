import { describe, expect, it } from '@jest/globals';
import { folderError } from './folder-errors.js';

describe('folderError', () => {
  it.each([
    ['ENOSPC', 'STORE_FULL', 'later'],
    ['EDQUOT', 'STORE_FULL', 'later'],
    ['EACCES', 'STORE_DENIED', 'never'],
    ['EROFS', 'STORE_DENIED', 'never'],
    ['ENOTDIR', 'STORE_REJECTED', 'never'],
    ['EIO', 'STORE_UNAVAILABLE', 'later'],
    ['ESTALE', 'STORE_UNAVAILABLE', 'later'],
  ])('names %s %s, to be tried again %s', (systemCode, code, retry) => {
    expect(folderError(Object.assign(new Error('secret path'), { code: systemCode }))).toMatchObject({ code, retry });
  });

  it('never repeats the path', () => {
    const thrown = Object.assign(new Error("ENOSPC: no space, write '/srv/customer'"), { code: 'ENOSPC' });
    expect(folderError(thrown).message).not.toContain('customer');
  });
});
