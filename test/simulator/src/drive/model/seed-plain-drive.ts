import type { Population } from '../../core/workload.js';
import { NoiseSource } from '../content/byte-source.js';
import { Content } from '../content/content.js';
import type { Drive } from './drive.js';

const KIB = 1024;

/**
 * Fills a new drive with files of noise in one folder: half a million of them cost as little as they can. Sizes lie between half of the
 * average and half above it. The tenant's library, which finds contents that a restore brings back, does not know them.
 */
export function seedPlainDrive(drive: Drive, { files, fileKib = 1 }: Population): void {
  const stamp = { at: drive.createdAt, by: drive.owner };
  const parent = drive.createFolder({ parent: drive.root, name: 'Plain', stamp });
  for (let number = 0; number < files; number += 1) {
    const bytes = Math.round(fileKib * KIB * (0.5 + ((number * 7_919) % 1_000) / 1_000));
    const content = Content.of(new NoiseSource(`${drive.id}/${number}`, bytes));
    drive.createFile({ parent, name: `file ${number}.bin`, stamp }, { content });
  }
}
