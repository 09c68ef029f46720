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

/** Asks scheduler under the grant of a retention task. */
export abstract class RetentionTermsSource {
  abstract terms(grant: string): Promise<RetentionTerms>;
  /** When the set stopped protecting each resource; absent for those that it protects. At most 1,000 resources. */
  abstract left(grant: string, resources: readonly ResourceId[]): Promise<ReadonlyMap<ResourceId, number>>;
}
