import { describe, expect, it } from '@jest/globals';
import { subfolderCounts } from './folder-counts.js';
import type { MailFolder } from './mail-folders.js';

const folder = (id: string, parentId: string | undefined, subfolders?: number, isHidden = false): MailFolder => ({
  id,
  name: id,
  parentId,
  items: 0,
  subfolders,
  isHidden,
  search: undefined,
});
const inbox = folder('inbox', 'root', 1);
const below = folder('below', 'inbox', 0);
const hidden = folder('hidden', 'root', 0, true);
const itemsOf = (folders: readonly MailFolder[]) =>
  Object.fromEntries(subfolderCounts(folders).map(({ parentId, items }) => [parentId, items]));

describe('subfolderCounts', () => {
  it.each([1, 2])(
    'fits what is listed where the service counts %i: hidden folders may be counted or not',
    (counted) => {
      expect(itemsOf([folder('root', undefined, counted), inbox, below, hidden])).toEqual({
        root: 2,
        inbox: 1,
        below: 0,
        hidden: 0,
      });
    },
  );

  it('counts a folder that is not listed', () => {
    expect(itemsOf([folder('root', undefined, 1), inbox, hidden])).toMatchObject({ root: 2, inbox: 1 });
  });

  it('says nothing of folders that the service does not count', () => {
    expect(itemsOf([folder('root', undefined), inbox, below])).toMatchObject({ root: 1 });
  });
});
