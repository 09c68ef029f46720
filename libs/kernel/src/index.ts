export { AppError, ERROR_CODES, isAppError, type ErrorCode, type ErrorDetails, type Retry } from './errors.js';
export * from './ids.js';
export { Clock, SystemClock } from './clock.js';
export type { RandomBytes } from './random.js';
