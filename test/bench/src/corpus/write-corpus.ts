import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Draws, drawsFor } from './draws.js';
import { Language } from './language.js';
import { Mails } from './mails.js';
import { OFFICE_ENDINGS, OfficeFiles } from './office-files.js';

/** What a corpus holds; scale 1 is 50,000 mails and 2 GiB of files. */
export interface Corpus {
  readonly mails: number;
  readonly mailBytes: number;
  readonly files: number;
  readonly fileBytes: number;
}

export interface CorpusOptions {
  readonly folder: string;
  readonly seed: number;
  readonly scale: number;
}

const FIRST_AT = 1_700_000_000;
/** Mails and files of which later ones are edited copies. */
const RECENT_MAILS = 2000;
const RECENT_FILES = 40;

/** Writes `mail/NNN/NNNNNNN.eml` and `office/NNN/NNNNN.docx|xlsx|pptx|pdf` below the folder: the same for the same seed and scale. */
export async function writeCorpus(options: CorpusOptions): Promise<Corpus> {
  const language = new Language(options.seed);
  return { ...(await writeMails(options, language)), ...(await writeFiles(options, language)) };
}

async function writeMails(
  { folder, seed, scale }: CorpusOptions,
  language: Language,
): Promise<Pick<Corpus, 'mails' | 'mailBytes'>> {
  const mails = Math.max(50, Math.round(50_000 * scale));
  const maker = new Mails({ seed, language, attachments: Math.max(40, Math.round(900 * scale)) });
  const recent: Buffer[] = [];
  let mailBytes = 0;
  for (let index = 0; index < mails; index += 1) {
    const draws = drawsFor(seed, 10, index);
    const isRepeat = recent.length > 100 && draws.unit() < 0.2;
    const mail = isRepeat ? maker.edit(draws.of(recent), draws) : maker.make(index, draws);
    if (!isRepeat) remember(recent, mail, RECENT_MAILS, draws);
    await put(join(folder, 'mail', padded(index / 500, 3), `${padded(index, 7)}.eml`), mail, FIRST_AT + index * 37);
    mailBytes += mail.length;
  }
  return { mails, mailBytes };
}

async function writeFiles(
  { folder, seed, scale }: CorpusOptions,
  language: Language,
): Promise<Pick<Corpus, 'files' | 'fileBytes'>> {
  const wanted = Math.max(4 << 20, Math.round(2 ** 31 * scale));
  const maker = new OfficeFiles(seed, language);
  const recent: Buffer[] = [];
  let files = 0;
  let fileBytes = 0;
  for (; fileBytes < wanted; files += 1) {
    const draws = drawsFor(seed, 20, files);
    const choice = draws.unit();
    const ending = draws.of(OFFICE_ENDINGS);
    const bytes = Math.min(draws.logUniform(16 << 10, 24 << 20), Math.max(16_384, wanted - fileBytes));
    const file = nextFile(choice, recent, draws) ?? maker.make(files, bytes, draws);
    if (choice >= 0.33 || recent.length <= 8) remember(recent, file, RECENT_FILES, draws);
    await put(
      join(folder, 'office', padded(files / 100, 3), `${padded(files, 5)}.${ending}`),
      file,
      FIRST_AT + files * 91,
    );
    fileBytes += file.length;
  }
  return { files, fileBytes };

  /** 13 % are copies, 20 % edited copies. */
  function nextFile(choice: number, from: readonly Buffer[], draws: Draws): Buffer | undefined {
    if (from.length <= 8 || choice >= 0.33) return undefined;
    return choice < 0.13 ? draws.of(from) : maker.edit(draws.of(from), draws, 1 + draws.below(6));
  }
}

function remember(recent: Buffer[], made: Buffer, most: number, draws: Draws): void {
  if (recent.length < most) recent.push(made);
  else recent[draws.below(most)] = made;
}

const padded = (number: number, digits: number) => String(Math.floor(number)).padStart(digits, '0');
const folders = new Set<string>();

async function put(path: string, bytes: Buffer, modifiedAt: number): Promise<void> {
  const folder = dirname(path);
  if (!folders.has(folder)) await mkdir(folder, { recursive: true });
  folders.add(folder);
  await writeFile(path, bytes);
  await utimes(path, modifiedAt, modifiedAt);
}
