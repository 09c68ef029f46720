import type { ResourceId } from '@holdfast/kernel';
import type { RetentionPolicy } from '@holdfast/vault';

/** What scheduler knows of a set for its retention. Instants in milliseconds since the epoch. */
export interface RetentionTerms {
  readonly policy: RetentionPolicy;
  /** IANA name. */
  readonly timeZone: string;
  /** Starts of the set's ended backup jobs, ascending. */
  readonly jobs: readonly number[];
  /** Say what would go, and let nothing go. */
  readonly dryRun: boolean;
  readonly now: number;
}

/** What scheduler knows of a resource for its retention. */
export interface ResourceTerms {
  /** When the set stopped protecting it, in milliseconds since the epoch; absent while it does. */
  readonly leftAt?: number;
  /** Start of the newest job that read it whole, in milliseconds since the epoch; absent where none did. */
  readonly wholeAt?: number;
  /** A legal hold is on it, on its account or on the set. */
  readonly isHeld: boolean;
}

/** Asks scheduler under the grant of a retention task. */
export abstract class RetentionTermsSource {
  abstract terms(grant: string): Promise<RetentionTerms>;
  /** Of each resource. At most 1,000. */
  abstract resources(grant: string, resources: readonly ResourceId[]): Promise<ReadonlyMap<ResourceId, ResourceTerms>>;
}
