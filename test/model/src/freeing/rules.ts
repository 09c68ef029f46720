import {
  decideCommit,
  decideCondemning,
  decideFence,
  decidePack,
  epochAfterBegin,
  mayDelete,
  mayLetGo,
} from '@holdfast/vault';

/** The decisions of space freeing and of those it runs beside, so that a broken variant can replace one. */
export interface Rules {
  readonly decideFence: typeof decideFence;
  readonly decideCommit: typeof decideCommit;
  readonly mayLetGo: typeof mayLetGo;
  readonly epochAfterBegin: typeof epochAfterBegin;
  readonly decidePack: typeof decidePack;
  readonly decideCondemning: typeof decideCondemning;
  readonly mayDelete: typeof mayDelete;
  /** A look-up sees what is known and pins it in one transaction that shares the vault's lock. */
  readonly pinsAsItLooks: boolean;
  /** A commit looks for the packs that had the chunks of a named one before. */
  readonly looksForHolders: boolean;
  /** What retention lets go after the beginning stays for the next freeing. */
  readonly letsGoWhatWasRetiredBefore: boolean;
  /** What is marked late is held against the index before a pack is condemned. */
  readonly marksLate: boolean;
  /** A reader that finds no pack at the place it was told asks for the place again. */
  readonly readersAskAgain: boolean;
}

/** What runs in production. */
export const RULES: Rules = {
  decideFence,
  decideCommit,
  mayLetGo,
  epochAfterBegin,
  decidePack,
  decideCondemning,
  mayDelete,
  pinsAsItLooks: true,
  looksForHolders: true,
  letsGoWhatWasRetiredBefore: true,
  marksLate: true,
  readersAskAgain: true,
};
