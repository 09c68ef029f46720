import { describe, expect, it } from '@jest/globals';
import { checkPermissions } from './permissions.js';

const missing = (roles: string[]) => checkPermissions(roles).flatMap((finding) => finding.missing ?? []);

describe('checkPermissions', () => {
  it('names each missing permission, the least that suffices', () => {
    expect(missing(['User.Read.All', 'Organization.Read.All', 'Mail.Read', 'Files.Read.All'])).toEqual([
      'MailboxSettings.Read',
      'Mail.ReadWrite',
      'Files.ReadWrite.All',
    ]);
  });

  it('takes a wider permission for a narrower one', () => {
    const wide = ['Directory.Read.All', 'Mail.ReadWrite', 'MailboxSettings.ReadWrite', 'Sites.FullControl.All'];
    expect(missing(wide)).toEqual([]);
  });
});
