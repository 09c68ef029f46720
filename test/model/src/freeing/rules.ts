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
  /** Pins of a lease that came after the beginning stay, although the task had some before, and has ended meanwhile. */
  readonly unpinsByEpoch: boolean;
  /** While a task states snapshots anew, none of its chain is let go. */
  readonly protectsAllOfRenewed: boolean;
  /** A renewed snapshot names none of the packs that the one before it names. */
  readonly renewalNamesNothing: boolean;
  /** What a freeing copies counts as from before a deletion that came while it ran. */
  readonly extendsErasure: boolean;
  /** A pack is taken into the index in the transaction that sees that no higher epoch was seen. */
  readonly registersUnderItsFence: boolean;
  /** Packs that came before a freeing had fenced whoever wrote before a deletion count as from before it. */
  readonly reachesToTheFence: boolean;
  /** Tasks that have been open since before a deletion are waited for. */
  readonly waitsForOldTasks: boolean;
  /** A freeing decides on no pack that it has not marked. */
  readonly decidesWhatItTallied: boolean;
  /** The note of a deletion waits for packs that are away, and for others that a freeing has not marked. */
  readonly waitsForUnmarked: boolean;
  /** The note of a deletion goes only where no pack is left that it stands for. */
  readonly looksWhatIsLeft: boolean;
  /** And as the note is at the end: what another freeing has put in the place of others since is among them. */
  readonly looksAtTheNoteAgain: boolean;
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
  unpinsByEpoch: true,
  protectsAllOfRenewed: true,
  renewalNamesNothing: true,
  extendsErasure: true,
  registersUnderItsFence: true,
  reachesToTheFence: true,
  waitsForOldTasks: true,
  decidesWhatItTallied: true,
  waitsForUnmarked: true,
  looksWhatIsLeft: true,
  looksAtTheNoteAgain: true,
};
