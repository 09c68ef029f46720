import { Module } from '@nestjs/common';
import { BusWorkers } from './adapters/bus/bus-workers.js';
import { BudgetController, TokenController } from './adapters/grpc/access.controller.js';
import { DestinationController, DirectoryController } from './adapters/grpc/directory.controller.js';
import { KeyController } from './adapters/grpc/key.controller.js';
import { TenantController } from './adapters/grpc/tenant.controller.js';
import { BudgetUse } from './adapters/postgres/budget-use.js';
import { PostgresBudgets } from './adapters/postgres/postgres-budgets.js';
import { PostgresDestinations } from './adapters/postgres/postgres-destinations.js';
import { PostgresEpochs } from './adapters/postgres/postgres-epochs.js';
import { PostgresKeyChanges } from './adapters/postgres/postgres-key-changes.js';
import { PostgresTenants } from './adapters/postgres/postgres-tenants.js';
import { PostgresVaults } from './adapters/postgres/postgres-vaults.js';
import { ZxcvbnStrength } from './adapters/zxcvbn/zxcvbn-strength.js';
import { DiscardTimer } from './adapters/timer/discard.timer.js';
import { AdoptVault } from './app/adopt-vault.js';
import { BudgetBuckets } from './app/budget-buckets.js';
import { Budgets } from './app/budgets.port.js';
import { ChangeKeys } from './app/change-keys.js';
import { CheckKeyPolicy } from './app/check-key-policy.js';
import { CheckPassphrase } from './app/check-passphrase.js';
import { ReadKeyObjects } from './app/read-key-objects.js';
import { CertifyTask } from './app/certify-task.js';
import { CheckGrant } from './app/check-grant.js';
import { CreateVault } from './app/create-vault.js';
import { ChangeDestinationSettings } from './app/change-destination-settings.js';
import { ChangeDestinations } from './app/change-destinations.js';
import { DiscardVault } from './app/discard-vault.js';
import { Destinations } from './app/destinations.port.js';
import { Epochs } from './app/epochs.port.js';
import { FindVault } from './app/find-vault.js';
import { FenceBudget } from './app/fence-budget.js';
import { GetToken } from './app/get-token.js';
import { MeasureAccounts } from './app/measure-accounts.js';
import { KeepDestination } from './app/keep-destination.js';
import { KeyChanges } from './app/key-changes.port.js';
import { LeaseBudget } from './app/lease-budget.js';
import { PassphraseStrength } from './app/passphrase-strength.port.js';
import { OpenVault } from './app/open-vault.js';
import { RegisterTenant } from './app/register-tenant.js';
import { RewrapSecrets } from './app/rewrap-secrets.js';
import { RewrapVault } from './app/rewrap-vault.js';
import { SurveyCopies } from './app/survey-copies.js';
import { Tenants } from './app/tenants.port.js';
import { TellLimits } from './app/tell-limits.js';
import { TestTenant } from './app/test-tenant.js';
import { Vaults } from './app/vaults.port.js';
import { Workers } from './app/workers.port.js';

/** Auth on one page: what it answers, what it does, and which adapter stands behind each port. */
@Module({
  controllers: [
    TenantController,
    DirectoryController,
    TokenController,
    KeyController,
    DestinationController,
    BudgetController,
  ],
  providers: [
    RegisterTenant,
    TestTenant,
    GetToken,
    MeasureAccounts,
    CheckGrant,
    CreateVault,
    FindVault,
    SurveyCopies,
    AdoptVault,
    ChangeKeys,
    CheckKeyPolicy,
    CheckPassphrase,
    ReadKeyObjects,
    RewrapSecrets,
    RewrapVault,
    DiscardTimer,
    ChangeDestinations,
    DiscardVault,
    OpenVault,
    CertifyTask,
    KeepDestination,
    ChangeDestinationSettings,
    BudgetBuckets,
    LeaseBudget,
    TellLimits,
    FenceBudget,
    { provide: Tenants, useClass: PostgresTenants },
    { provide: Vaults, useClass: PostgresVaults },
    { provide: PassphraseStrength, useClass: ZxcvbnStrength },
    { provide: KeyChanges, useClass: PostgresKeyChanges },
    { provide: Destinations, useClass: PostgresDestinations },
    BudgetUse,
    { provide: Budgets, useClass: PostgresBudgets },
    { provide: Workers, useClass: BusWorkers },
    { provide: Epochs, useClass: PostgresEpochs },
  ],
})
export class AuthModule {}
