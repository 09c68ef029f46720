import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import {
  formatRootKey,
  keyWrapObjectName,
  newRootKey,
  keyIdOf,
  parseRootKey,
  type RootKey,
  wrapRootKey,
  type WrapSecret,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { hasPassphrase } from '../domain/key-kind.js';
import { ringOf, type GivenSecret } from '../domain/open-found-vault.js';
import { CheckPassphrase } from './check-passphrase.js';
import { KeyChanges } from './key-changes.port.js';
import { demandEscrow, KeyPolicy } from './key-policy.js';
import { OpenVault } from './open-vault.js';
import { isEscrowed, ReadKeyObjects } from './read-key-objects.js';
import { SecretBox } from './secret-box.port.js';
import type { NamedObject } from './vault-finder.port.js';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults, type VaultRow } from './vaults.port.js';

/** What a change of keys has to say, once. */
export interface ChangedKeys {
  /** New or recovered root keys, 44 characters each, oldest first. */
  readonly keyTexts: readonly string[];
  /** A new recovery key. */
  readonly recoveryKeyText?: string;
  readonly warnings: readonly string[];
}

/** A new passphrase, and what shows that whoever sets it may. */
export interface PassphraseChange {
  readonly passphrase: string;
  readonly proof:
    | { readonly kind: 'passphrase'; readonly passphrase: string }
    | { readonly kind: 'recovery'; readonly key: RootKey }
    | { readonly kind: 'root'; readonly roots: readonly RootKey[] };
}

type Closing = Exclude<WrapSecret, { readonly kind: 'open' }>;

/** Changes what opens a vault's root keys, and adds root keys, one change at a time; no data is touched, and old packs stay readable. */
@Injectable()
export class ChangeKeys {
  constructor(
    private readonly vaults: Vaults,
    private readonly open: OpenVault,
    private readonly keys: ReadKeyObjects,
    private readonly writer: VaultWriter,
    private readonly box: SecretBox,
    private readonly changes: KeyChanges,
    private readonly checkPassphrase: CheckPassphrase,
    private readonly policy: KeyPolicy,
  ) {}

  /**
   * KEY_WRONG where what is brought as proof opens nothing of the vault: who finds an unlocked desk shall not lock its owner out. A recovery key
   * or a root key proves as much as the passphrase, which may be forgotten.
   */
  passphrase(tenant: TenantId, vaultId: VaultId, change: PassphraseChange): Promise<ChangedKeys> {
    return this.changes.alone(tenant, vaultId, async () => {
      const { vault, ring } = await this.#opened(tenant, vaultId);
      if (!hasPassphrase(vault.keyKind)) throw unfit(vault, 'It was made without a passphrase');
      const keys = await this.keys.run(vault);
      if (!proves(keys, ring, change.proof)) throw notProven(vault, change.proof);
      demandEscrow(this.policy, { ...vault, isEscrowed: isEscrowed(keys), remedy: ESCROW_FIRST });
      const warnings = this.checkPassphrase.run(change.passphrase);
      const unreached = await this.#close(vault, ring, { kind: 'passphrase', passphrase: change.passphrase });
      return { keyTexts: [], warnings: [...warnings, ...unreached] };
    });
  }

  /** What an earlier recovery key opens, only the new one opens from then on. */
  escrow(tenant: TenantId, vaultId: VaultId): Promise<ChangedKeys> {
    return this.changes.alone(tenant, vaultId, async () => {
      const { vault, ring } = await this.#opened(tenant, vaultId);
      const { text, warnings } = await this.#escrow(vault, ring);
      return { keyTexts: [], recoveryKeyText: text, warnings };
    });
  }

  /** KEY_WRONG for a recovery key that opens nothing of the vault; who has recovered the keys is noted before they are answered. */
  async recover(tenant: TenantId, vaultId: VaultId, text: string, actor: string): Promise<ChangedKeys> {
    const { vault, ring } = await this.#opened(tenant, vaultId);
    const key = parseRootKey(text);
    const opened = ringOf(await this.keys.run(vault), { kind: 'recovery', key });
    if (opened.size === 0)
      throw new AppError(
        'KEY_WRONG',
        'This recovery key does not open the vault. A later one may have taken its place.',
        {
          context: { vaultId },
        },
      );
    await this.vaults.noteOpened(tenant, vaultId, actor, 'recover');
    return { keyTexts: ring.map(formatRootKey), warnings: [] };
  }

  /**
   * Adds a root key. It lies wrapped at a destination before anything is sealed under it; an attempt that breaks off is gone on with
   * by the next, under the same key.
   */
  rotate(tenant: TenantId, vaultId: VaultId, passphrase: string): Promise<ChangedKeys> {
    return this.changes.alone(tenant, vaultId, () => this.#rotate(tenant, vaultId, passphrase));
  }

  async #rotate(tenant: TenantId, vaultId: VaultId, passphrase: string): Promise<ChangedKeys> {
    const { vault, ring: before } = await this.#opened(tenant, vaultId);
    const keys = await this.keys.run(vault);
    const isPassphraseNeeded = hasPassphrase(vault.keyKind);
    if (isPassphraseNeeded && ringOf(keys, { kind: 'passphrase', passphrase }).size === 0)
      throw new AppError('KEY_WRONG', 'This is not the vault’s passphrase; the new key has to be closed with it too.', {
        context: { vaultId },
      });
    demandEscrow(this.policy, { ...vault, isEscrowed: isEscrowed(keys), remedy: ESCROW_FIRST });
    const root = await this.#nextRoot(vault);
    const ring = [...before, root];
    const unreached = await this.#close(vault, ring, { kind: 'provider', key: this.box.providerKey });
    if (isPassphraseNeeded) await this.#close(vault, ring, { kind: 'passphrase', passphrase });
    const escrow = isEscrowed(keys) ? await this.#escrow(vault, ring) : undefined;
    await this.vaults.takeNextRoot(tenant, vaultId);
    const recovery = escrow && { recoveryKeyText: escrow.text };
    return { keyTexts: [formatRootKey(root)], ...recovery, warnings: unreached };
  }

  async #nextRoot({ tenantId, vaultId }: VaultRow): Promise<RootKey> {
    const sealed = this.box.seal(tenantId, `root/${vaultId}`, newRootKey(randomBytes));
    return this.open.unsealed(tenantId, vaultId, await this.vaults.nextRoot(tenantId, vaultId, sealed));
  }

  async #escrow(vault: VaultRow, ring: readonly RootKey[]) {
    const recovery = newRootKey(randomBytes);
    const warnings = await this.#close(vault, ring, { kind: 'recovery', key: recovery });
    return { text: formatRootKey(recovery), warnings };
  }

  /** Wraps every root key with the secret, in place of all earlier wraps of its kind. */
  async #close({ tenantId, vaultId }: VaultRow, ring: readonly RootKey[], secret: Closing): Promise<readonly string[]> {
    const objects = ring.map((root, ordinal) => {
      const content = wrapRootKey(root, ordinal, secret, randomBytes);
      return { name: keyWrapObjectName(content), content };
    });
    const unreached = await this.writer.replaceKeys(tenantId, vaultId, secret.kind, objects);
    return unreached.map((words) => `${words} ${UNTIL_IT_ANSWERS[secret.kind]}`);
  }

  async #opened(tenant: TenantId, vaultId: VaultId) {
    const { vault, roots } = await this.open.run(tenant, vaultId);
    if (vault.keyKind === 'off') throw unfit(vault, 'It is not encrypted');
    return { vault, ring: roots.map(({ key }) => key) };
  }
}

/** What holds at a destination that did not answer, until its key objects are replaced. */
const UNTIL_IT_ANSWERS = {
  passphrase:
    'Whoever reads that destination can still open the vault with the old passphrase. It takes the new one in its place within a minute or two after it answers again.',
  recovery:
    'Whoever reads that destination can still open the vault with an earlier recovery key. It takes the new one in its place within a minute or two after it answers again.',
  provider: 'It takes the new keys when it answers again.',
} as const satisfies Record<Closing['kind'], string>;

const ESCROW_FIRST = 'Put them into escrow first: `holdfast vault key escrow`.';

/** Whether a secret opens one of the vault's own root keys. */
function proves(keys: readonly NamedObject[], ring: readonly RootKey[], secret: GivenSecret): boolean {
  return [...ringOf(keys, secret)].some(([ordinal, root]) => {
    const own = ring[ordinal];
    return own !== undefined && keyIdOf(own) === keyIdOf(root);
  });
}

function notProven({ vaultId }: VaultRow, { kind }: PassphraseChange['proof']): AppError {
  const what = { passphrase: 'the passphrase', recovery: 'a recovery key', root: 'a key' }[kind];
  return new AppError(
    'KEY_WRONG',
    `This is not ${what} of the vault, so its passphrase stays as it is. Give the present passphrase, or, where it is forgotten, the recovery key or a key of 44 characters. Without any of them nobody can set another.`,
    { context: { vaultId } },
  );
}

function unfit({ vaultId, keyKind }: VaultRow, why: string): AppError {
  return new AppError('FAILED_PRECONDITION', `${why}: this cannot be changed for it.`, {
    context: { vaultId, keyKind },
  });
}
