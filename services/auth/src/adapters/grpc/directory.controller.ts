import {
  DestinationServiceControllerMethods,
  DirectoryServiceControllerMethods,
  type ChangeDestinationRequest,
  type CreateDestinationRequest,
  type DeleteDestinationResponse,
  type Destination,
  type DestinationRequest,
  type DestinationSecrets,
  type DestinationServiceController,
  type DirectoryServiceController,
  type ListAccountsRequest,
  type ListAccountsResponse,
  type ListDestinationsResponse,
  type MeasureAccountsRequest,
  type MeasureAccountsResponse,
  type TenantRequest,
} from '@holdfast/contracts/auth/v1';
import { AppError, parseDestinationId, parseTenantId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { ChangeDestinationSettings } from '../../app/change-destination-settings.js';
import { Destinations, type DestinationRow } from '../../app/destinations.port.js';
import { GetToken } from '../../app/get-token.js';
import { KeepDestination } from '../../app/keep-destination.js';
import { MeasureAccounts } from '../../app/measure-accounts.js';
import { Microsoft } from '../../app/microsoft.port.js';

const MAX_NAMES = 999;

@Controller()
@DirectoryServiceControllerMethods()
@CalledBy('gateway', 'scheduler', 'restore')
export class DirectoryController implements DirectoryServiceController {
  constructor(
    private readonly getToken: GetToken,
    private readonly microsoft: Microsoft,
    private readonly measure: MeasureAccounts,
  ) {}

  async listAccounts(request: ListAccountsRequest): Promise<ListAccountsResponse> {
    if (request.pageSize < 0 || request.pageSize > 999)
      throw new AppError('INVALID_ARGUMENT', 'pageSize has to be 1 to 999.', {
        context: { field: 'pageSize', rule: '1 to 999' },
      });
    const page = await this.microsoft.listAccounts(await this.getToken.signed(parseTenantId(request.tenantId)), {
      size: request.pageSize || 100,
      token: request.pageToken,
      startsWith: request.startsWith,
    });
    return {
      accounts: page.accounts.map((user) => ({
        accountId: user.id,
        displayName: user.displayName,
        address: user.mail ?? user.userPrincipalName,
        kind: user.isGuest ? 'guest' : 'user',
        isLicensed: user.licenceSkuIds.length > 0,
        isEnabled: user.isEnabled,
        userPrincipalName: user.userPrincipalName,
      })),
      nextPageToken: page.nextToken,
    };
  }

  @CalledBy('scheduler')
  async measureAccounts(request: MeasureAccountsRequest): Promise<MeasureAccountsResponse> {
    const { workload, userPrincipalNames } = request;
    if (userPrincipalNames.length > MAX_NAMES) throw refused('userPrincipalNames', `at most ${MAX_NAMES}`);
    if (workload !== 'mail' && workload !== 'drive') throw refused('workload', 'mail or drive');
    const tenant = parseTenantId(request.tenantId);
    const { day, usage } = await this.measure.run(tenant, workload, userPrincipalNames);
    return {
      accounts: usage.map((line) => ({
        isKnown: line !== undefined,
        items: line?.items ?? 0,
        bytes: line?.bytes ?? 0,
      })),
      asOfDay: day,
    };
  }
}

@Controller()
@DestinationServiceControllerMethods()
@CalledBy('gateway')
export class DestinationController implements DestinationServiceController {
  constructor(
    private readonly destinations: Destinations,
    private readonly keep: KeepDestination,
    private readonly changeSettings: ChangeDestinationSettings,
  ) {}

  async createDestination(request: CreateDestinationRequest): Promise<Destination> {
    return wireDestination(await this.keep.run(parseTenantId(request.tenantId), request));
  }

  async getDestination(request: DestinationRequest): Promise<Destination> {
    return wireDestination(
      await this.destinations.get(parseTenantId(request.tenantId), parseDestinationId(request.destinationId)),
    );
  }

  async listDestinations(request: TenantRequest): Promise<ListDestinationsResponse> {
    return { destinations: (await this.destinations.list(parseTenantId(request.tenantId))).map(wireDestination) };
  }

  async changeDestination({ tenantId, destinationId, ...wanted }: ChangeDestinationRequest): Promise<Destination> {
    const [tenant, destination] = [parseTenantId(tenantId), parseDestinationId(destinationId)];
    return wireDestination(await this.changeSettings.run(tenant, destination, wanted));
  }

  async deleteDestination(request: DestinationRequest): Promise<DeleteDestinationResponse> {
    await this.destinations.delete(parseTenantId(request.tenantId), parseDestinationId(request.destinationId));
    return {};
  }

  @CalledBy('storage')
  async getDestinationSecrets(request: DestinationRequest): Promise<DestinationSecrets> {
    const { destination, credentialsJson } = await this.keep.withSecrets(
      parseTenantId(request.tenantId),
      parseDestinationId(request.destinationId),
    );
    return { destination: wireDestination(destination), credentialsJson };
  }
}

function refused(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}

function wireDestination(row: DestinationRow): Destination {
  return { ...row };
}
