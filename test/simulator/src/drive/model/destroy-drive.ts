import type { Rng } from '../../core/rng.js';
import type { ChangeReport } from '../../core/workload.js';
import { NoiseSource } from '../content/byte-source.js';
import { Content } from '../content/content.js';
import { currentVersion, isContainer, type Stamp } from './drive-node.js';
import type { Drive } from './drive.js';
import { holdsLocked, workableFiles } from './live-drive.js';

/**
 * What ransomware and its owner do to about `share` of a drive: half of the files are overwritten with noise of the same length and renamed,
 * the others, shortcuts and some whole folders deleted; some folders that are left are renamed.
 */
export function destroyDrive(drive: Drive, stamp: Stamp, rng: Rng, share: number): ChangeReport {
  let deleted = 0;
  let overwritten = 0;
  for (const shortcut of [...drive.items()].filter(({ kind }) => kind === 'shortcut')) {
    if (!rng.chance(share)) continue;
    drive.remove(shortcut, stamp);
    deleted += 1;
  }
  for (const folder of [...drive.root.children.values()]) {
    if (!isContainer(folder) || holdsLocked(folder) || !rng.chance(share / 4)) continue;
    drive.remove(folder, stamp);
    deleted += 1;
  }
  const renamed = renameFolders(drive, stamp, rng.derive('folder names'), share);
  for (const file of workableFiles(drive)) {
    if (!rng.chance(share)) continue;
    const ransomName = `${file.name}.locked`;
    if (rng.chance(0.5) || !file.parent || drive.child(file.parent, ransomName)) {
      drive.remove(file, stamp);
      deleted += 1;
      continue;
    }
    const noise = new NoiseSource(`${rng.name}/ransom:${file.id}`, currentVersion(file).content.size);
    drive.replaceContent(file, { content: Content.of(noise) }, stamp);
    drive.place(file, file.parent, ransomName.length > 255 ? file.name : ransomName, stamp);
    overwritten += 1;
  }
  return { did: 'destroy', deleted, overwritten, renamed };
}

function renameFolders(drive: Drive, stamp: Stamp, rng: Rng, share: number): number {
  let renamed = 0;
  for (const folder of [...drive.items()]) {
    if (folder.kind !== 'folder' || !folder.parent || holdsLocked(folder) || !rng.chance(share / 4)) continue;
    const name = `${folder.name}.locked`;
    if (name.length > 255 || drive.child(folder.parent, name)) continue;
    drive.place(folder, folder.parent, name, stamp);
    renamed += 1;
  }
  return renamed;
}
