export { AppError, ERROR_CODES, isAppError, type ErrorCode, type ErrorDetails, type Retry } from './errors.js';
export * from './ids.js';
export { Clock, SystemClock } from './clock.js';
export type { RandomBytes } from './random.js';
export { type Allowance, timeThrough } from './quote/allowance.js';
export { type Quote, QuoteSum, type WorkCost } from './quote/quote-sum.js';
export {
  ASSUMED_REQUEST_MS,
  BINDING_LIMITS,
  type BindingLimit,
  type WorkLimits,
  type WorkPace,
} from './quote/work-time.js';
