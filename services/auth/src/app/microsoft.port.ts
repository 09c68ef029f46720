import type { AccountUsage, AppCredential, AppToken, ConnectionReport, DirectoryUser, UsageOf } from '@holdfast/graph';
import type { Tenant, TenantSize } from './tenants.port.js';

/** A tenant together with what proves our app to Microsoft. */
export interface SignedTenant {
  readonly tenant: Tenant;
  readonly credential: AppCredential;
}

/** Which addresses a cloud has. */
export interface CloudAddresses {
  readonly graphBaseUrl: string;
  /** PEM; empty for the machine's own authorities. */
  readonly caPem: string;
  /** How many times faster than documented the cloud's limits refill: 1 for Microsoft's own. */
  readonly limitsTimeScale: number;
  /** Part of its documented limits that this installation uses. */
  readonly limitsShare: number;
}

/** Microsoft as auth needs it: sign-in, directory, test. */
export abstract class Microsoft {
  /** INVALID_ARGUMENT for a cloud that is neither Microsoft's nor in the settings. */
  abstract addresses(cloud: string): CloudAddresses;
  /** A fresh token: SIGN_IN_FAILED in words that an administrator can act on. */
  abstract signIn(signed: SignedTenant): Promise<AppToken>;
  abstract test(signed: SignedTenant): Promise<ConnectionReport>;
  /** One page of accounts and the token of the next. */
  abstract listAccounts(
    signed: SignedTenant,
    page: { readonly size: number; readonly token: string; readonly startsWith: string },
  ): Promise<{ readonly accounts: readonly DirectoryUser[]; readonly nextToken: string }>;
  /** Line by line, of a whole tenant. */
  abstract usage(signed: SignedTenant, workload: UsageOf): AsyncIterable<AccountUsage>;
  abstract size(signed: SignedTenant): Promise<TenantSize>;
}
