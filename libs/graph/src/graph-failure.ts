import { AppError, type ErrorCode, type ErrorDetails, isAppError } from '@holdfast/kernel';
import type { Patience } from './graph-errors.js';

/** What Microsoft's answer said beside its meaning. */
export interface GraphAnswer {
  /** HTTP status; 0 when no whole answer came. */
  readonly status: number;
  /** Microsoft's code in lower case, the innermost that the table knows; empty when there was none. */
  readonly graphCode: string;
  /** How often it may help to ask again. */
  readonly patience: Patience;
  /** Where the service says to start again (`Location` of a 410). */
  readonly location?: string;
}

/** A failure of a request to Microsoft, with the code that a reader or writer may act on. */
export class GraphFailure extends AppError {
  readonly status: number;
  readonly graphCode: string;
  readonly patience: Patience;
  readonly location: string | undefined;

  constructor(code: ErrorCode, message: string, answer: GraphAnswer, details: ErrorDetails = {}) {
    super(code, message, details);
    this.status = answer.status;
    this.graphCode = answer.graphCode;
    this.patience = answer.patience;
    this.location = answer.location;
  }
}

/** Whether a thrown thing is Microsoft's refusal with one of these codes (in lower case). */
export function isGraphCode(thrown: unknown, ...graphCodes: readonly string[]): thrown is GraphFailure {
  return thrown instanceof GraphFailure && graphCodes.includes(thrown.graphCode);
}

const ANSWER_LOST: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['GRAPH_UNAVAILABLE', 'GRAPH_UNEXPECTED']);

/** Whether what a request asked for may have been done though its answer did not come, or could not be read: look before doing it again. */
export function isAnswerLost(error: unknown): boolean {
  return isAppError(error) && ANSWER_LOST.has(error.code);
}
