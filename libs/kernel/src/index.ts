export { AppError, ERROR_CODES, isAppError, type ErrorCode, type ErrorDetails, type Retry } from './errors.js';
export * from './ids.js';
export { Clock, SystemClock } from './clock.js';
export type { RandomBytes } from './random.js';
export {
  BINDING_LIMITS,
  type BindingLimit,
  type Quote,
  QuoteSum,
  type WorkCost,
  type WorkLimits,
  type WorkRate,
} from './work-quote.js';
