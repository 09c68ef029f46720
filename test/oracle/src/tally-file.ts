import { AppError } from '@holdfast/kernel';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EMPTY_TALLY, type TalliedRun, type Tally, tallySchema, withRun } from './tally.js';

/** A tally on disk that each run is added to as it ends, so that a slice which is broken off counts, too. For one process at a time. */
export class TallyFile {
  #saved: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private tally: Tally,
  ) {}

  /** Opens a tally, or begins one where there is no file. What is no tally is refused and stays as it is. */
  static async open(path: string): Promise<TallyFile> {
    if (!existsSync(path)) return new TallyFile(path, EMPTY_TALLY);
    const text = await readFile(path, 'utf8');
    try {
      return new TallyFile(path, tallySchema.parse(JSON.parse(text)));
    } catch (cause) {
      throw new AppError(
        'INVALID_ARGUMENT',
        `--tally has to name a tally of the oracle or a new file: ${path} is none.`,
        {
          cause,
        },
      );
    }
  }

  add(run: TalliedRun): void {
    this.tally = withRun(this.tally, run);
    this.#saved = this.#saved.then(() => this.#save());
  }

  /** Resolves when all that was added is on disk. */
  saved(): Promise<void> {
    return this.#saved;
  }

  async #save(): Promise<void> {
    await writeFile(`${this.path}.next`, `${JSON.stringify(this.tally, undefined, 2)}\n`);
    await rename(`${this.path}.next`, this.path);
  }
}

/** What a run itself changes. */
const OWN_FILES = ['docs/oracle.json', 'docs/oracle.md'];

/** The commit that is checked out, marked when other files than the tally differ from it. */
export async function checkedOutCommit(): Promise<string> {
  const git = async (...line: readonly string[]) => {
    const { stdout } = await promisify(execFile)('git', line, { cwd: import.meta.dirname });
    return stdout.trim();
  };
  const commit = await git('describe', '--always', '--exclude=*');
  const others = OWN_FILES.map((file) => `:(top,exclude)${file}`);
  const changed = await git('status', '--porcelain', '--untracked-files=no', '--', ':/', ...others);
  return changed === '' ? commit : `${commit}-dirty`;
}
