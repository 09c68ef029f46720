import { changedFiles } from '../golden/checksums.js';
import { type GoldenVault, readGoldenVaults } from '../golden/golden-folder.js';
import { type Case, Refuted } from './case.js';
import { productCases } from './product-cases.js';
import { pythonCases } from './python-cases.js';

/** All that has to hold of the golden vaults. */
export async function goldenCases(python: string): Promise<Case[]> {
  const vaults = await readGoldenVaults();
  const cases = await Promise.all(vaults.map((vault) => casesOf(python, vault)));
  return [unchanged(), ...cases.flat()];
}

async function casesOf(python: string, vault: GoldenVault): Promise<Case[]> {
  return [...(await pythonCases(python, vault)), ...(await productCases(vault))];
}

function unchanged(): Case {
  return {
    name: 'no golden vault was changed',
    run: async () => {
      const changes = await changedFiles();
      if (changes.length > 0) throw new Refuted(changes.join('\n  '));
    },
  };
}
