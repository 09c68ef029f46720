import type { Metadata } from '@grpc/grpc-js';
import {
  KeyKind as WireKeyKind,
  KeyServiceControllerMethods,
  type AdoptedVault,
  type CertifyTaskKeyRequest,
  type ChangeDestinationsRequest,
  type ChangedKeys as WireChangedKeys,
  type ChangePassphraseRequest,
  type CreateVaultRequest,
  type CreateVaultResponse,
  type DiscardVaultResponse,
  type FindVaultRequest,
  type FoundVault,
  type IndexKey,
  type KeyServiceController,
  type MetadataKeys,
  type OpenVaultRequest,
  type OpenVaultToReadRequest,
  type RecoverKeysRequest,
  type CheckKeyPolicyResponse,
  type RewrapSecretsRequest,
  type RewrappedSecrets,
  type RotateRootKeyRequest,
  type TaskCertificate,
  type Vault,
  type VaultKeys,
  type VaultRequest,
  type VaultSecret,
} from '@holdfast/contracts/auth/v1';
import { AppError, parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { parseRootKey } from '@holdfast/vault';
import { Controller } from '@nestjs/common';
import { AdoptVault } from '../../app/adopt-vault.js';
import type { GivenSecret } from '../../domain/open-found-vault.js';
import { CertifyTask } from '../../app/certify-task.js';
import { ChangeDestinations } from '../../app/change-destinations.js';
import { ChangeKeys, type ChangedKeys, type PassphraseChange } from '../../app/change-keys.js';
import { CheckKeyPolicy } from '../../app/check-key-policy.js';
import { CheckGrant } from '../../app/check-grant.js';
import { CreateVault } from '../../app/create-vault.js';
import { DiscardVault } from '../../app/discard-vault.js';
import { FindVault, type WantedVault } from '../../app/find-vault.js';
import { placeFrom, placeText, RewrapSecrets } from '../../app/rewrap-secrets.js';
import { SecretBox } from '../../app/secret-box.port.js';
import { SurveyCopies } from '../../app/survey-copies.js';
import { OpenVault, type OpenedVault } from '../../app/open-vault.js';
import { Vaults, type VaultRow } from '../../app/vaults.port.js';
import type { KeyKind } from '../../domain/key-kind.js';

const WIRE_KINDS: Record<KeyKind, WireKeyKind> = {
  default: WireKeyKind.KEY_KIND_DEFAULT,
  'user-password': WireKeyKind.KEY_KIND_USER_PASSWORD,
  custom: WireKeyKind.KEY_KIND_CUSTOM,
  off: WireKeyKind.KEY_KIND_OFF,
};
const REASONS = ['browse', 'search', 'export', 'plan', 'log'];

@Controller()
@KeyServiceControllerMethods()
@CalledBy('gateway')
export class KeyController implements KeyServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly create: CreateVault,
    private readonly discard: DiscardVault,
    private readonly changeDestinationsVerb: ChangeDestinations,
    private readonly open: OpenVault,
    private readonly certify: CertifyTask,
    private readonly findVaultVerb: FindVault,
    private readonly surveyCopies: SurveyCopies,
    private readonly adopt: AdoptVault,
    private readonly change: ChangeKeys,
    private readonly keyPolicy: CheckKeyPolicy,
    private readonly rewrap: RewrapSecrets,
    private readonly box: SecretBox,
    private readonly vaults: Vaults,
  ) {}

  async createVault(request: CreateVaultRequest): Promise<CreateVaultResponse> {
    const { vault, keyText, recoveryKeyText, warnings } = await this.create.run(parseTenantId(request.tenantId), {
      keyKind: keyKindFrom(request.keyKind),
      passphrase: request.passphrase,
      escrow: request.escrow,
      keyBits: keyBitsFrom(request.keyBits),
      destinationIds: request.destinationIds.map(parseDestinationId),
    });
    return { vault: wireVault(vault), keyText, recoveryKeyText, warnings: [...warnings] };
  }

  async discardVault(request: VaultRequest): Promise<DiscardVaultResponse> {
    await this.discard.run(parseTenantId(request.tenantId), parseVaultId(request.vaultId));
    return {};
  }

  async findVault(request: FindVaultRequest): Promise<FoundVault> {
    const tenant = parseTenantId(request.tenantId);
    const found = await this.findVaultVerb.run(tenant, this.#wanted(request));
    const { vaultId, keyKind, header } = found;
    const { copies, ...survey } = await this.surveyCopies.run(tenant, found);
    return {
      vaultId,
      keyKind: WIRE_KINDS[keyKind],
      keyBits: header.cipher === 'aes-128-gcm' ? 128 : 256,
      generation: Math.max(1, ...found.generations.map(({ generation }) => generation)),
      ...survey,
      copies: [...copies],
      isKnown: (await this.vaults.find(tenant, vaultId)) !== undefined,
    };
  }

  async adoptVault(request: FindVaultRequest): Promise<AdoptedVault> {
    const { vault, warnings } = await this.adopt.run(parseTenantId(request.tenantId), this.#wanted(request));
    return { vault: wireVault(vault), warnings: [...warnings] };
  }

  async changePassphrase(request: ChangePassphraseRequest): Promise<WireChangedKeys> {
    const { tenantId, vaultId, passphrase } = request;
    if (passphrase === '') throw invalid('passphrase', 'given');
    const change = { passphrase, proof: proofFrom(request.proof) };
    return wireChanged(await this.change.passphrase(parseTenantId(tenantId), parseVaultId(vaultId), change));
  }

  async checkKeyPolicy({ tenantId, vaultId }: VaultRequest): Promise<CheckKeyPolicyResponse> {
    await this.keyPolicy.run(parseTenantId(tenantId), parseVaultId(vaultId));
    return {};
  }

  async rotateRootKey({ tenantId, vaultId, passphrase }: RotateRootKeyRequest): Promise<WireChangedKeys> {
    return wireChanged(await this.change.rotate(parseTenantId(tenantId), parseVaultId(vaultId), passphrase));
  }

  async escrowKeys({ tenantId, vaultId }: VaultRequest): Promise<WireChangedKeys> {
    return wireChanged(await this.change.escrow(parseTenantId(tenantId), parseVaultId(vaultId)));
  }

  async recoverKeys({ tenantId, vaultId, recoveryKey, actor }: RecoverKeysRequest): Promise<WireChangedKeys> {
    if (!actor) throw invalid('actor', 'who asks');
    const [tenant, vault] = [parseTenantId(tenantId), parseVaultId(vaultId)];
    return wireChanged(await this.change.recover(tenant, vault, recoveryKey, actor));
  }

  async rewrapSecrets({ after, countOnly, actor }: RewrapSecretsRequest): Promise<RewrappedSecrets> {
    if (!actor) throw invalid('actor', 'who asks');
    const place = placeFrom(after);
    const { counts, failures, next } = await this.rewrap.run(
      place && {
        tenantId: parseTenantId(place.tenantId),
        ...(place.vaultId !== undefined && { vaultId: parseVaultId(place.vaultId) }),
      },
      countOnly,
      actor,
    );
    return {
      ...counts,
      failures: failures.map(({ vaultId = '', ...failure }) => ({ ...failure, vaultId })),
      next: placeText(next),
    };
  }

  #wanted({ destinationIds, vaultId, secret }: FindVaultRequest): WantedVault {
    return {
      destinationIds: destinationIds.map(parseDestinationId),
      vaultId: vaultId === '' ? undefined : parseVaultId(vaultId),
      secret: secretFrom(secret, this.box.providerKeys),
    };
  }

  async changeDestinations(request: ChangeDestinationsRequest): Promise<Vault> {
    const wanted = request.destinationIds.map(parseDestinationId);
    const [tenant, vault] = [parseTenantId(request.tenantId), parseVaultId(request.vaultId)];
    return wireVault(await this.changeDestinationsVerb.run(tenant, vault, wanted));
  }

  @CalledBy('gateway', 'restore', 'scheduler', 'storage')
  async getVault(request: VaultRequest): Promise<Vault> {
    return wireVault(await this.vaults.get(parseTenantId(request.tenantId), parseVaultId(request.vaultId)));
  }

  @CalledBy('crawler', 'restore')
  async openVault(request: OpenVaultRequest, metadata?: Metadata): Promise<VaultKeys> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    return wireKeys(await this.open.run(claims.tenant, claims.vault));
  }

  @CalledBy('restore')
  async openVaultToRead(request: OpenVaultToReadRequest): Promise<VaultKeys> {
    if (!request.actor) throw invalid('actor', 'who asks');
    if (!REASONS.includes(request.reason)) throw invalid('reason', `one of ${REASONS.join(', ')}`);
    const tenant = parseTenantId(request.tenantId);
    const vault = parseVaultId(request.vaultId);
    const opened = await this.open.run(tenant, vault);
    await this.vaults.noteOpened(tenant, vault, request.actor, request.reason);
    return wireKeys(opened);
  }

  @CalledBy('storage')
  async openVaultToMark({ grant }: OpenVaultRequest, metadata?: Metadata): Promise<MetadataKeys> {
    const { kind, tenant, vault, task, job } = await this.grants.run(grant, callerOf(metadata));
    if (kind !== 'freeing' && kind !== 'check' && kind !== 'rebuild')
      throw new AppError('GRANT_REFUSED', 'The grant is for no task that reads the metadata of a whole vault.', {
        context: { taskId: task },
      });
    const { header, keys } = await this.open.metadataKeys(tenant, vault);
    await this.vaults.noteOpened(tenant, vault, `job ${job}`, kind);
    return {
      indexKey: Buffer.from(keys.indexKey),
      headerKey: Buffer.from(keys.headerKey),
      treeKey: Buffer.from(keys.treeKey),
      metaIdKey: Buffer.from(keys.metaIdKey),
      ring: keys.ring.map(({ keyId, meta }) => ({ keyId, meta: Buffer.from(meta) })),
      header,
    };
  }

  @CalledBy('storage')
  async getIndexKey(request: VaultRequest): Promise<IndexKey> {
    const { vault, key } = await this.open.indexKey(parseTenantId(request.tenantId), parseVaultId(request.vaultId));
    return {
      header: vault.header,
      key: Buffer.from(key),
      signingKeys: [...vault.signingKeys],
      generation: vault.generation,
    };
  }

  @CalledBy('crawler')
  async certifyTaskKey(request: CertifyTaskKeyRequest, metadata?: Metadata): Promise<TaskCertificate> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    return { certificate: Buffer.from(await this.certify.run(claims, request.publicKey)) };
  }
}

function keyKindFrom(wire: WireKeyKind): KeyKind {
  for (const kind of ['default', 'user-password', 'custom', 'off'] as const) if (WIRE_KINDS[kind] === wire) return kind;
  throw invalid('keyKind', 'default, user password, custom or off');
}

function wireChanged({ keyTexts, recoveryKeyText, warnings }: ChangedKeys): WireChangedKeys {
  return { keyTexts: [...keyTexts], recoveryKeyText: recoveryKeyText ?? '', warnings: [...warnings] };
}

function secretFrom(given: VaultSecret | undefined, providerKeys: readonly Uint8Array[]): GivenSecret {
  const brought = broughtIn(given);
  if (brought) return brought;
  if (given?.providerKey === true) return { kind: 'installation', providerKeys };
  if (given?.unencrypted === true) return { kind: 'open' };
  throw invalid(
    'secret',
    'root keys, a passphrase, a recovery key, the provider key, or the word that the vault is not encrypted',
  );
}

function proofFrom(given: VaultSecret | undefined): PassphraseChange['proof'] {
  const brought = broughtIn(given);
  if (brought) return brought;
  throw invalid('proof', 'the present passphrase, the recovery key or a root key');
}

/** What only a person can bring. */
function broughtIn(given: VaultSecret | undefined): PassphraseChange['proof'] | undefined {
  if (!given) return undefined;
  if (given.rootKeys.length > 0) return { kind: 'root', roots: given.rootKeys.map(parseRootKey) };
  if (given.passphrase !== '') return { kind: 'passphrase', passphrase: given.passphrase };
  return given.recoveryKey === '' ? undefined : { kind: 'recovery', key: parseRootKey(given.recoveryKey) };
}

function keyBitsFrom(bits: number): 128 | 256 {
  if (bits === 0 || bits === 256) return 256;
  if (bits === 128) return 128;
  throw invalid('keyBits', '128 or 256');
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}

function wireVault(vault: VaultRow): Vault {
  return {
    tenantId: vault.tenantId,
    vaultId: vault.vaultId,
    keyKind: WIRE_KINDS[vault.keyKind],
    keyBits: vault.keyBits,
    destinationIds: [...vault.destinationIds],
    createdAtMs: vault.createdAtMs,
    generation: vault.generation,
    header: vault.header,
  };
}

function wireKeys({ vault, roots }: OpenedVault): VaultKeys {
  return {
    tenantId: vault.tenantId,
    vaultId: vault.vaultId,
    header: vault.header,
    rootKeys: roots.map(({ keyId, key }) => ({ keyId, key: Buffer.from(key) })),
    signingKeys: [...vault.signingKeys],
    generation: vault.generation,
  };
}
