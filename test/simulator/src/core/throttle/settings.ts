import { unconfirmed } from '../switches.js';
import { ALGORITHMS, type Algorithm } from './meter.js';

export const algorithmSwitch = unconfirmed<Algorithm>({
  name: 'throttle.algorithm',
  choices: ALGORITHMS,
  because: 'The pages give numbers per span of time and not how they are counted.',
});

export const retryAfterSwitch = unconfirmed<boolean>({
  name: 'throttle.retry-after',
  choices: [true, false],
  because: 'A 429 usually carries Retry-After; OneDrive/onedrive-api-docs#744 and #880 saw it absent.',
});

export const concurrencyWaitSwitch = unconfirmed<number>({
  name: 'throttle.concurrency-wait-seconds',
  choices: [1, 5, 10],
  because: 'What Retry-After says when only the four parallel requests per mailbox are exceeded is not documented.',
});

/** Throttling as the control API sets it. An absent algorithm or header rule means: what the tenant's seed drew. */
export interface ThrottleSettings {
  readonly isOn: boolean;
  readonly algorithm?: Algorithm;
  readonly hasRetryAfter?: boolean;
  /** Licences that decide SharePoint's tier; absent = the tenant's own subscribedSkus. */
  readonly licences?: number;
  /** Multiplies every limit, so that a small test meets them: 0.01 makes 10,000 requests 100. */
  readonly limitFactor: number;
}

export const DEFAULT_THROTTLE: ThrottleSettings = { isOn: true, limitFactor: 1 };
