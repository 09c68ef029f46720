import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Expected, ExpectedState } from '../golden/expected.js';
import type { GoldenVault } from '../golden/golden-folder.js';
import { type Ended, runPython } from '../python.js';
import { type Case, Refuted } from './case.js';
import { copyWithFlip, oneOfEachKind } from './damage.js';
import { requireRestored } from './restored.js';
import { withScratch } from './scratch.js';

/** A way to open a vault, as arguments of the reader that need a folder for the files which hold secrets. */
interface Opening {
  readonly by: string;
  readonly args: (folder: string) => Promise<string[]>;
}

/** Where a bit is turned, from the beginning and from the end: of a pack that is in its first chunk and in its footer. */
const TURNED_AT = [60, -40];
const WRONG_KEY = Buffer.alloc(32, 7).toString('base64');

/** What the Python reader has to make of a golden vault. */
export async function pythonCases(python: string, vault: GoldenVault): Promise<Case[]> {
  const openings = openingsOf(vault.expected);
  const flips = await oneOfEachKind(vault.place);
  const runner = new PythonReader(python, vault);
  return [
    ...vault.expected.states.flatMap((state) => openings.map((opening) => runner.restores(state, opening))),
    ...openings.map((opening) => runner.restoresNewest(opening)),
    ...openings.map((opening) => runner.findsWhole(opening)),
    runner.lists(openings),
    runner.tellsWrongKey(),
    ...flips.map((object) => runner.noticesFlip(object, openings)),
  ].map(({ name, run }) => ({ name: `${vault.name}, Python reader, ${name}`, run }));
}

function openingsOf({ keys, passphrase, wrappingKeys = [], isUnencrypted }: Expected): Opening[] {
  const byKeys: Opening = {
    by: 'its key',
    args: async (folder) =>
      (await Promise.all(keys.map((key, at) => secret(folder, `key-${at}`, key)))).flatMap((file) => [
        '--key-file',
        file,
      ]),
  };
  const byPassphrase: Opening = {
    by: 'its passphrase',
    args: async (folder) => ['--passphrase-file', await secret(folder, 'passphrase', passphrase ?? '')],
  };
  const byWrappingKeys = wrappingKeys.map(({ kind, key }): Opening => ({
    by: `its ${kind} key`,
    args: async (folder) => ['--wrapping-key-file', await secret(folder, kind, key)],
  }));
  const byNothing: Opening = { by: 'nothing', args: async () => ['--unencrypted'] };
  return [
    byKeys,
    ...(passphrase === undefined ? [] : [byPassphrase]),
    ...byWrappingKeys,
    ...(isUnencrypted ? [byNothing] : []),
  ];
}

async function secret(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${text}\n`);
  return file;
}

class PythonReader {
  constructor(
    private readonly python: string,
    private readonly vault: GoldenVault,
  ) {}

  restores(state: ExpectedState, opening: Opening): Case {
    return {
      name: `restores ${state.day}, opened by ${opening.by}`,
      run: () => this.#restore(opening, ['--as-of', state.day], state),
    };
  }

  restoresNewest(opening: Opening): Case {
    return {
      name: `restores the newest state, opened by ${opening.by}`,
      run: () => this.#restore(opening, [], this.vault.expected.states.at(-1)),
    };
  }

  findsWhole(opening: Opening): Case {
    return {
      name: `finds nothing wrong, opened by ${opening.by}`,
      run: () =>
        withScratch(async (folder) =>
          requireEnd(await this.#run('check', this.vault.place, await opening.args(folder)), 0, ' 0 problems'),
        ),
    };
  }

  lists([opening]: readonly Opening[]): Case {
    const { resources, snapshots, states } = this.vault.expected;
    return {
      name: 'lists every snapshot',
      run: () =>
        withScratch(async (folder) => {
          const { exitCode, output } = await this.#run('list', this.vault.place, (await opening?.args(folder)) ?? []);
          for (const text of [...resources, ...states.map(({ day }) => day)]) requireEnd({ exitCode, output }, 0, text);
          const listed = output.match(/generation \d+, number \d+/g)?.length;
          if (listed !== resources.length * snapshots) throw new Refuted(`${listed} snapshots are listed`);
        }),
    };
  }

  tellsWrongKey(): Case {
    return {
      name: 'tells that a key is wrong',
      run: () =>
        withScratch(async (folder) => {
          const args = ['--key-file', await secret(folder, 'key', WRONG_KEY)];
          requireEnd(await this.#run('check', this.vault.place, args), 1, 'opens none of the vaults');
        }),
    };
  }

  noticesFlip(object: string, openings: readonly Opening[]): Case {
    // The key itself opens the vault whichever object is damaged.
    const [opening] = openings;
    return {
      name: `notices a turned bit in ${object}`,
      run: async () => {
        for (const at of TURNED_AT)
          await withScratch(async (folder) => {
            const copy = join(folder, 'copy');
            await copyWithFlip(this.vault.place, copy, object, at);
            requireEnd(
              await this.#run('check', copy, (await opening?.args(folder)) ?? []),
              1,
              object === 'header' ? 'header' : object,
            );
          });
      },
    };
  }

  async #restore(opening: Opening, args: readonly string[], state: ExpectedState | undefined): Promise<void> {
    await withScratch(async (folder) => {
      const target = join(folder, 'restored');
      requireEnd(
        await this.#run('restore', this.vault.place, [...(await opening.args(folder)), '--to', target, ...args]),
        0,
        ' 0 problems',
      );
      await requireRestored(target, state?.files ?? []);
    });
  }

  #run(command: string, place: string, args: readonly string[]): Promise<Ended> {
    return runPython(this.python, ['reader.py', command, place, ...args]);
  }
}

function requireEnd({ exitCode, output }: Ended, code: number, text: string): void {
  if (exitCode !== code || !output.includes(text) || output.includes('Traceback'))
    throw new Refuted(`exit code ${exitCode}, without “${text}”: ${output.slice(0, 2000)}`);
}
