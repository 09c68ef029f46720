import type { VaultCipher, WrapSecret } from '@holdfast/vault';
import { DRIVE_STORY } from './drive-story.js';
import { MAIL_STORY } from './mail-story.js';
import { MANY_STORY } from './many-story.js';
import { seeded } from './seeded.js';
import type { Story } from './story.js';

/** How a golden vault is sealed, and what opens it. */
export interface VaultKind {
  readonly name: string;
  readonly cipher: VaultCipher;
  /** What happens to its resources. */
  readonly stories: readonly Story[];
  /** What opens its root keys besides the text that people keep, each by a key object of its own; none where the text alone opens it. */
  readonly wraps?: readonly WrapSecret[];
  /** The job, by its place in the stories, from which on a second root key seals; the first one where it is left out. */
  readonly rotatedAt?: number;
  /** The job from which on a rebuilt database writes, in a generation of its own. */
  readonly rebuiltAt?: number;
  /** What the jobs before the last one wrote was carried into other packs. */
  readonly isFreed?: boolean;
  /** Notes of the backup set and of its jobs lie in the vault. */
  readonly hasNotes?: boolean;
}

/** Small, so that small files have many chunks. */
export const CHUNKS = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

/** In decomposed form: what opens the vault is its normalisation form C. */
const PASSPHRASE = 'Ärger über 東京, und zwar täglich'.normalize('NFD');

const STORIES = [MAIL_STORY, DRIVE_STORY];

/** Every kind that a vault can have. A kind is added, never changed: what was cut from it stays. */
export const VAULT_KINDS: readonly VaultKind[] = [
  { name: 'default-256', cipher: 'aes-256-gcm', stories: STORIES },
  { name: 'aes-128', cipher: 'aes-128-gcm', stories: STORIES },
  {
    name: 'passphrase',
    cipher: 'aes-256-gcm',
    stories: STORIES,
    wraps: [{ kind: 'passphrase', passphrase: PASSPHRASE }],
  },
  { name: 'unencrypted', cipher: 'aes-256-gcm', stories: STORIES, wraps: [{ kind: 'open' }] },
  {
    name: 'rotated-and-rebuilt',
    cipher: 'aes-256-gcm',
    stories: STORIES,
    wraps: [{ kind: 'passphrase', passphrase: PASSPHRASE }],
    rotatedAt: 1,
    rebuiltAt: 2,
    hasNotes: true,
  },
  { name: 'freed', cipher: 'aes-256-gcm', stories: STORIES, isFreed: true },
  { name: 'many-items', cipher: 'aes-256-gcm', stories: [MANY_STORY] },
  {
    name: 'provider-and-recovery',
    cipher: 'aes-128-gcm',
    stories: STORIES,
    wraps: [
      { kind: 'provider', key: seeded('provider key of a golden vault')(32) },
      { kind: 'recovery', key: seeded('recovery key of a golden vault')(32) },
    ],
    rotatedAt: 2,
  },
];
