import type { Metadata } from '@grpc/grpc-js';
import {
  type PackServiceController,
  PackServiceControllerMethods,
  type Place as PlaceMessage,
  type RegisteredPack as RegisteredPackMessage,
  type RegisterPacksRequest,
  type RegisterPacksResponse,
  type RequestPlacesRequest,
  type RequestPlacesResponse,
  type RequestReadPlacesRequest,
  type RequestReadPlacesResponse,
} from '@holdfast/contracts/storage/v1';
import { AppError, parseDestinationId, parsePackName, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { decodeTrailerEntries } from '@holdfast/vault';
import { Controller } from '@nestjs/common';
import type { ClaimedPack } from '../../app/chunk-index.port.js';
import { CheckGrant } from '../../app/check-grant.js';
import { RegisterPacks } from '../../app/register-packs.js';
import { RequestPlaces, type PackPlace } from '../../app/request-places.js';
import { RequestReadPlaces } from '../../app/request-read-places.js';
import { readId } from './id-lists.js';

/** Packs that one call may name. */
const MAX_PACKS = 1_000;

@Controller()
@PackServiceControllerMethods()
@CalledBy('crawler', 'restore')
export class PackController implements PackServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly requestPlacesVerb: RequestPlaces,
    private readonly registerPacksVerb: RegisterPacks,
    private readonly requestReadPlacesVerb: RequestReadPlaces,
  ) {}

  async requestPlaces(request: RequestPlacesRequest, metadata?: Metadata): Promise<RequestPlacesResponse> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    const wanted = few(request.packs).map(({ name, bytes }) => ({ name: readId('name', name, parsePackName), bytes }));
    const failed = request.failedDestinationIds.map(parseDestinationId);
    return { places: (await this.requestPlacesVerb.run(claims, wanted, failed)).map(placeMessage) };
  }

  async registerPacks({ grant, packs }: RegisterPacksRequest, metadata?: Metadata): Promise<RegisterPacksResponse> {
    const claims = await this.grants.run(grant, callerOf(metadata));
    await this.registerPacksVerb.run(claims, few(packs).map(claimedPack));
    return {};
  }

  async requestReadPlaces(request: RequestReadPlacesRequest, metadata?: Metadata): Promise<RequestReadPlacesResponse> {
    const [tenant, vault] = [parseTenantId(request.tenantId), parseVaultId(request.vaultId)];
    await this.grants.mayRead(tenant, vault, request.grant, callerOf(metadata));
    const names = few(request.packs).map((name) => readId('packs', name, parsePackName));
    const failed = request.failedDestinationIds.map(parseDestinationId);
    const damaged = request.damagedDestinationIds.map(parseDestinationId);
    const places = await this.requestReadPlacesVerb.run(tenant, vault, names, { failed, damaged });
    return { places: places.map(placeMessage) };
  }
}

function few<Pack>(packs: readonly Pack[]): readonly Pack[] {
  if (packs.length <= MAX_PACKS) return packs;
  throw new AppError('INVALID_ARGUMENT', `packs may name at most ${MAX_PACKS} packs; ask several times.`, {
    context: { field: 'packs', rule: `at most ${MAX_PACKS}` },
  });
}

function placeMessage(named: PackPlace): PlaceMessage {
  const { destinationId } = named;
  if (!named.place)
    return { isPresent: true, method: '', url: '', headers: {}, expiresAtMs: 0, destinationId, isAtStorage: false };
  const { method, url, headers, expiresAt } = named.place;
  const { isAtStorage } = named;
  return { isPresent: false, method, url, headers: { ...headers }, expiresAtMs: expiresAt, destinationId, isAtStorage };
}

function claimedPack({ name, bytes, branch, destinationId, entries }: RegisteredPackMessage): ClaimedPack {
  if (branch !== 'data' && branch !== 'meta')
    throw new AppError('INVALID_ARGUMENT', 'branch has to be data or meta.', {
      context: { field: 'branch', rule: 'data or meta' },
    });
  return {
    name: readId('name', name, parsePackName),
    bytes,
    branch,
    destinationId: parseDestinationId(destinationId),
    entries: decodeTrailerEntries(entries),
  };
}
