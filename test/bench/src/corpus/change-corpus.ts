import { link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { filesBelow } from '../vault/corpus-files.js';
import { drawsFor } from './draws.js';
import { Language } from './language.js';
import { Mails } from './mails.js';
import { OfficeFiles } from './office-files.js';

export interface ChangeOptions {
  readonly corpus: string;
  /** A new folder on the same file system. */
  readonly changed: string;
  readonly seed: number;
  /** Of all mails and files. */
  readonly share: number;
}

/**
 * Writes the corpus again as it is after somebody worked on some of it, and answers the paths that are different, from the folder. What stayed
 * is the same file under another name, made before anybody backs up: a peer takes a file for unchanged by its times and its number.
 */
export async function changeCorpus({ corpus, changed, seed, share }: ChangeOptions): Promise<readonly string[]> {
  const language = new Language(seed);
  const mails = new Mails({ seed, language, attachments: 0 });
  const files = new OfficeFiles(seed, language);
  const different: string[] = [];
  let number = 0;
  for (const path of filesBelow(corpus)) {
    const name = relative(corpus, path);
    const draws = drawsFor(seed, 30, (number += 1));
    const target = join(changed, name);
    await mkdir(dirname(target), { recursive: true });
    if (draws.unit() >= share) {
      await link(path, target);
      continue;
    }
    const content = await readFile(path);
    await writeFile(target, name.endsWith('.eml') ? mails.edit(content, draws) : files.edit(content, draws, 3));
    different.push(name);
  }
  return different;
}
