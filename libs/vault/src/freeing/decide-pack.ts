/** What space freeing knows of a pack when it has marked what is needed. Bytes are sealed ones. */
export interface PackFacts {
  /** Of the whole object. */
  readonly bytes: number;
  /** Chunks that a snapshot needs and that the index finds in this pack, and the bytes that a pack of them alone would have. */
  readonly neededChunks: number;
  readonly neededBytes: number;
  /** It came while an open task wrote, or after marking began: nobody knows yet what builds on it. */
  readonly isRecent: boolean;
  /** An open task was told that the vault has what lies in it, or its checkpoint names it. */
  readonly isInUse: boolean;
  /** The newest snapshot of a chain names it: by its packs that snapshot is known to be whole when the database is lost. */
  readonly isNamedByNewest: boolean;
  /** It came before a deletion on request whose bytes are not all freed: what nothing needs in it may be what was to be deleted. */
  readonly isBeforeDeletion: boolean;
  /** With other small packs of its branch it would make one that is not small. */
  readonly isMergeable: boolean;
}

export type PackVerdict =
  | { readonly do: 'keep'; readonly because: 'recent' | 'in-use' | 'named-by-newest' | 'needed' }
  | { readonly do: 'condemn'; readonly because: 'nothing-needed' }
  | { readonly do: 'repack'; readonly because: 'mostly-dead' | 'deleted' | 'small' };

/** When copying what is needed of a pack pays. */
export interface RepackRule {
  /** Share of a pack's bytes that nothing needs, from which on it is mostly dead. Between 0 and 1. */
  readonly deadShare: number;
  /** Packs below so many bytes are small. They wait until together they make one that is not, so that no chunk is copied for it twice. */
  readonly smallBytes: number;
}

/** What becomes of a pack. When in doubt it stays: a later freeing looks again. */
export function decidePack(facts: PackFacts, rule: RepackRule): PackVerdict {
  if (facts.isRecent) return { do: 'keep', because: 'recent' };
  if (facts.isInUse) return { do: 'keep', because: 'in-use' };
  if (facts.isNamedByNewest) return { do: 'keep', because: 'named-by-newest' };
  if (facts.neededChunks === 0) return { do: 'condemn', because: 'nothing-needed' };
  if (facts.bytes - facts.neededBytes >= rule.deadShare * facts.bytes) return { do: 'repack', because: 'mostly-dead' };
  if (facts.isBeforeDeletion && facts.bytes > facts.neededBytes) return { do: 'repack', because: 'deleted' };
  if (facts.isMergeable && facts.bytes < rule.smallBytes) return { do: 'repack', because: 'small' };
  return { do: 'keep', because: 'needed' };
}
