import type { GrantKeyServiceController } from '@holdfast/contracts/scheduler/v1';
import { AppError } from '@holdfast/kernel';
import {
  Database,
  EventBus,
  GRANT_KEYS_DEADLINE_MS,
  GrantChecker,
  readConfig,
  ServiceParts,
  type ConfigSource,
  type RunningService,
  type Secret,
  type SharedParts,
} from '@holdfast/platform';
import { AesSecretBox } from './adapters/crypto/aes-secret-box.js';
import { Clouds } from './adapters/microsoft/clouds.js';
import { GraphMicrosoft } from './adapters/microsoft/graph-microsoft.js';
import { SWEEPS, type AuthSchema, type AuthSweep } from './adapters/postgres/auth-database.js';
import { migrations } from './adapters/postgres/migrations.js';
import { PostgresTenants } from './adapters/postgres/postgres-tenants.js';
import { GrpcVaultFinder } from './adapters/storage/grpc-vault-finder.js';
import { GrpcVaultWriter } from './adapters/storage/grpc-vault-writer.js';
import { DiscardInterval } from './adapters/timer/discard.timer.js';
import { CheckProviderKeys } from './app/check-provider-keys.js';
import { Microsoft } from './app/microsoft.port.js';
import { KeyPolicy } from './app/key-policy.js';
import { SecretBox } from './app/secret-box.port.js';
import { VaultFinder } from './app/vault-finder.port.js';
import { VaultWriter } from './app/vault-writer.port.js';
import { AuthModule } from './auth.module.js';
import { authConfig } from './config.js';

/** Starts auth with these settings, in a process of its own or beside other services. */
export async function startAuth(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(authConfig, source);
  const parts = await ServiceParts.open({ name: 'auth', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<AuthSchema, AuthSweep>(config, { migrations, sweeps: SWEEPS });
  const microsoft = new GraphMicrosoft(new Clouds(config.CLOUDS_FILE), parts.clock);
  parts.closeLater(() => microsoft.close());
  const grantKeys = parts
    .connectTo('scheduler', config.SCHEDULER_ADDRESS)
    .client<GrantKeyServiceController>('GrantKeyService', { repeatable: ['listGrantKeys'] });
  const storage = parts.connectTo('storage', config.STORAGE_ADDRESS);
  const checker = new GrantChecker(
    async () => (await grantKeys.listGrantKeys({}, { deadlineMs: GRANT_KEYS_DEADLINE_MS })).jwks,
    parts.clock,
  );
  const box = new AesSecretBox(providerKey(config.PROVIDER_KEY), furtherKeys(config.FURTHER_PROVIDER_KEYS));
  try {
    await new CheckProviderKeys(new PostgresTenants(database), box, parts.logger).run();
  } catch (error) {
    await parts.close();
    throw error;
  }
  return parts.start(config, {
    module: AuthModule,
    provide: [
      { provide: Database, useValue: database },
      { provide: EventBus, useValue: await parts.openBus() },
      { provide: SecretBox, useValue: box },
      {
        provide: KeyPolicy,
        useValue: {
          leastStrength: config.PASSPHRASE_STRENGTH,
          isEscrowRequired: config.PASSPHRASE_ESCROW === 'required',
        },
      },
      { provide: DiscardInterval, useValue: { ms: config.DISCARD_INTERVAL } },
      { provide: Microsoft, useValue: microsoft },
      { provide: GrantChecker, useValue: checker },
      { provide: VaultWriter, useValue: new GrpcVaultWriter(storage) },
      { provide: VaultFinder, useValue: new GrpcVaultFinder(storage) },
    ],
  });
}

function providerKey(setting: Secret): Uint8Array {
  const key = Buffer.from(setting.reveal(), 'base64');
  if (key.length === 32) return key;
  throw new AppError(
    'INVALID_CONFIG',
    'PROVIDER_KEY has to be 32 bytes in base64, e.g. from `openssl rand -base64 32`.',
    {
      context: { field: 'PROVIDER_KEY', rule: '32 bytes in base64' },
    },
  );
}

function furtherKeys(setting: Secret | undefined): readonly Uint8Array[] {
  const texts = setting?.reveal().split(',') ?? [];
  const keys = texts.map((text) => Buffer.from(text.trim(), 'base64'));
  if (keys.every((key) => key.length === 32)) return keys;
  const rule = '32 bytes in base64 each, with commas between';
  throw new AppError('INVALID_CONFIG', `FURTHER_PROVIDER_KEYS has to be ${rule}.`, {
    context: { field: 'FURTHER_PROVIDER_KEYS', rule },
  });
}
