import { expect, it } from '@jest/globals';
import { type FileServer } from './file-server.port.js';

/** What every {@link FileServer} promises of folders that it makes, in empty folders of which `inFolder` makes one. */
export function itMakesFoldersBelow(open: (root: string) => FileServer, inFolder: () => Promise<string>): void {
  it('makes a folder with its parents, once and again', async () => {
    const root = await inFolder();
    const server = open(root);
    await server.makeFolderBelow(root, `${root}/vault/packs`);
    await server.makeFolderBelow(root, `${root}/vault/packs`);
    await server.makeFolderBelow(root, `${root}/vault`);
    expect(await server.stat(`${root}/vault/packs`)).toMatchObject({ isFolder: true });
  });

  it('never makes the folder anew that it was to make others in', async () => {
    const root = await inFolder();
    const server = open(root);
    await server.removeFolder(root);
    for (const path of [`${root}/incoming`, `${root}/vault/packs`])
      await expect(server.makeFolderBelow(root, path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await server.stat(root)).toBeUndefined();
  });
}
