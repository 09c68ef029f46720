import { createHash } from 'node:crypto';
import { JOBS, statesOf, type Story } from './story.js';
import type { CutVault } from './cut-vault.js';
import type { VaultKind } from './vault-kinds.js';

/** A file that a restore makes. */
export interface ExpectedFile {
  /** Below the restore's target, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** What a restore as of a day makes. */
export interface ExpectedState {
  readonly day: string;
  /** The last instant that belongs to the job: as of it, and of every later one before the next job, this is the state. */
  readonly jobStartedAt: number;
  readonly files: readonly ExpectedFile[];
}

/** 32 bytes in base64. */
export interface WrappingKey {
  readonly kind: 'provider' | 'recovery';
  readonly key: string;
}

/** The committed file `expected.json` of a golden vault. */
export interface Expected {
  /** The root keys as people keep them, the first one first. */
  readonly keys: readonly string[];
  readonly passphrase?: string;
  /** Keys of providers and for recovery that close the root keys; none in what was cut before there were such vaults. */
  readonly wrappingKeys?: readonly WrappingKey[];
  readonly isUnencrypted: boolean;
  readonly resources: readonly string[];
  /** Snapshots of each resource. */
  readonly snapshots: number;
  readonly states: readonly ExpectedState[];
}

/** What readers have to make of a vault, from the stories alone: no reader has a part in it. */
export function expectedOf({ stories, wraps = [] }: VaultKind, { keyTexts }: CutVault): Expected {
  const wrappingKeys = wraps.flatMap((wrap): WrappingKey[] =>
    'key' in wrap ? [{ kind: wrap.kind, key: Buffer.from(wrap.key).toString('base64') }] : [],
  );
  const passphrases = wraps.flatMap((wrap) => ('passphrase' in wrap ? [wrap.passphrase] : []));
  return {
    keys: keyTexts,
    ...(passphrases[0] !== undefined && { passphrase: passphrases[0] }),
    ...(wrappingKeys.length > 0 && { wrappingKeys }),
    isUnencrypted: wraps.some(({ kind }) => kind === 'open'),
    resources: stories.map(({ resource }) => resource).sort(),
    snapshots: JOBS.length,
    states: JOBS.map(({ day, startedAt }, at) => ({
      day,
      jobStartedAt: startedAt,
      files: stories.flatMap((story) => filesOf(story, at)).sort((one, other) => (one.path < other.path ? -1 : 1)),
    })),
  };
}

function filesOf(story: Story, at: number): ExpectedFile[] {
  const items = statesOf(story)[at];
  return Object.entries(story.steps[at]?.files ?? {}).map(([id, path]) => {
    const item = items?.get(id);
    if (!item?.content)
      throw new RangeError(`The story of ${story.resource} has no content of ${id} after step ${at}.`);
    const { bytes } = item.content;
    return {
      path: `${story.resource}/${path}`,
      bytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      modifiedAt: item.record.modifiedAt ?? 0,
    };
  });
}
