import { describe, expect, it } from '@jest/globals';
import { rolesOf } from './token-roles.js';

const token = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`;

describe('rolesOf', () => {
  it('reads the application permissions', () => {
    expect(rolesOf(token({ roles: ['Mail.Read', 7, 'Files.Read.All'] }))).toEqual(['Mail.Read', 'Files.Read.All']);
  });

  it.each([token({}), token(null), 'opaque', ''])(
    'is empty when nothing was consented to or nothing can be read',
    (text) => {
      expect(rolesOf(text)).toEqual([]);
    },
  );
});
